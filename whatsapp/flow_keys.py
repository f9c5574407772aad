"""The private keys that open what WhatsApp Flows send, in the files that settings name."""

from pathlib import Path

from django.conf import settings

from whatsapp.native_flow.encryption import Keyring
from whatsapp.native_flow.exceptions import UnusableKey


def are_configured() -> bool:
    """Tell whether settings name any key; without one people get a list instead of a Flow."""
    return bool(settings.WHATSAPP_FLOW_PRIVATE_KEYS)


def load() -> Keyring:
    """Read and parse the keys, which takes a while. Raises UnusableKey, also without any."""
    files = [Path(name) for name in settings.WHATSAPP_FLOW_PRIVATE_KEYS]
    try:
        pems = [file.read_text(encoding="ascii") for file in files]
    except (OSError, ValueError) as error:
        raise UnusableKey(f"A file with a private key cannot be read: {error}") from None
    return Keyring(pems, settings.WHATSAPP_FLOW_KEY_PASSPHRASE or None)
