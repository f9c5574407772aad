"""The private keys that open what WhatsApp Flows send, in the files that settings name."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from whatsapp.native_flow.encryption import Keyring
from whatsapp.native_flow.exceptions import UnusableKey


def are_configured() -> bool:
    """Tell whether settings name any key; without one people get a list instead of a Flow."""
    return bool(settings.WHATSAPP_FLOW_PRIVATE_KEYS)


def keyring() -> Keyring:
    """Return this process's keys, which are loaded once. Raises UnusableKey, also without any."""
    return _loaded(*_named())


def load() -> Keyring:
    """Read and parse the keys anew, which takes a while. Raises UnusableKey, also without any."""
    return _load(*_named())


def _named() -> tuple[tuple[str, ...], str]:
    return tuple(settings.WHATSAPP_FLOW_PRIVATE_KEYS), settings.WHATSAPP_FLOW_KEY_PASSPHRASE


def _load(files: tuple[str, ...], passphrase: str) -> Keyring:
    try:
        pems = [Path(file).read_text(encoding="ascii") for file in files]
    except (OSError, ValueError) as error:
        raise UnusableKey(f"A file with a private key cannot be read: {error}") from None
    return Keyring(pems, passphrase or None)


_loaded = lru_cache(maxsize=1)(_load)
