"""WhatsApp's encryption of the exchange between a Flow on a phone and its data endpoint.

The phone makes an AES key and a nonce for each request and wraps the key for our RSA public key.
The answer returns under the same key, with every bit of the nonce inverted (WhatsApp Flows,
"Implementing endpoints").
"""

import base64
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from whatsapp.native_flow.exceptions import Malformed, Undecryptable, UnusableKey

_ENVELOPE = ("encrypted_flow_data", "encrypted_aes_key", "initial_vector")
# A payload holds 1 MB; base64 adds a third to it.
LONGEST_BODY = 3 * 512 * 1024
_RSA_BITS = 2048
_KEY_BYTES = 16
_IV_BYTES = 16
_OAEP = OAEP(mgf=MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A decrypted request, and what its answer is sealed with; its repr tells nothing of either."""

    request: dict[str, object] = field(repr=False)
    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)

    def answer(self, payload: Mapping[str, object]) -> str:
        """Return the body that answers this request, to be sent as text/plain."""
        return seal(payload, key=self.key, iv=self.iv)


class Keyring:
    """The private keys that open requests: the current one first, then those it replaced.

    Phones use an older public key until they fetch the new one, so that keys overlap. Parsing a key
    takes longer than opening a request: keep one keyring for the life of the process.
    """

    __slots__ = ("_keys",)

    def __init__(self, private_keys_pem: Sequence[str], passphrase: str | None = None) -> None:
        """Parse RSA keys of 2048 bits; the passphrase is for those that are encrypted.

        Raises `UnusableKey` when there is none, or one is anything else.
        """
        if not private_keys_pem:
            raise UnusableKey("There is no private key.")
        self._keys = tuple(
            _private_key(pem, passphrase, number=number)
            for number, pem in enumerate(private_keys_pem, 1)
        )

    def public_key_pem(self) -> str:
        """Return the current key's public half, as WhatsApp takes it for a phone number."""
        public_key = self._keys[0].public_key()
        return public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def open(self, body: bytes) -> Opened:
        """Decrypt a request's raw body.

        Raises `Malformed` for what is not the JSON envelope, and `Undecryptable` for any other
        failure: which step failed is told to nobody.
        """
        envelope = _envelope(body)
        try:
            data, wrapped_key, iv = (base64.b64decode(part, validate=True) for part in envelope)
            key = self._unwrap(wrapped_key)
            request = _decrypt(data, key=key, iv=iv)
        except (ValueError, InvalidTag, RecursionError):
            raise Undecryptable from None
        return Opened(request=request, key=key, iv=iv)

    def _unwrap(self, wrapped_key: bytes) -> bytes:
        for private_key in self._keys:
            with suppress(ValueError):
                key = private_key.decrypt(wrapped_key, _OAEP)
                if len(key) == _KEY_BYTES:
                    return key
        raise ValueError("no key of the keyring unwraps it")


def seal(payload: Mapping[str, object], *, key: bytes, iv: bytes) -> str:
    """Encrypt an answer under the request's AES key and nonce; return it in base64."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    inverted = bytes(byte ^ 0xFF for byte in iv)
    return base64.b64encode(AESGCM(key).encrypt(inverted, text.encode(), None)).decode()


def _private_key(pem: str, passphrase: str | None, *, number: int) -> RSAPrivateKey:
    # A passphrase given for a key that has none is refused too, and a keyring may hold both.
    password = passphrase.encode() if passphrase and "ENCRYPTED" in pem else None
    try:
        key = load_pem_private_key(pem.encode(), password)
    except (TypeError, ValueError):
        raise UnusableKey(f"Private key {number} cannot be read.") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size != _RSA_BITS:
        raise UnusableKey(f"Private key {number} is not an RSA key of {_RSA_BITS} bits.")
    return key


def _envelope(body: bytes) -> list[str]:
    if len(body) > LONGEST_BODY:
        raise Malformed
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed from None
    if not isinstance(envelope, dict):
        raise Malformed
    parts = [part for name in _ENVELOPE if isinstance(part := envelope.get(name), str)]
    if len(parts) < len(_ENVELOPE):
        raise Malformed
    return parts


def _decrypt(data: bytes, *, key: bytes, iv: bytes) -> dict[str, object]:
    if len(iv) != _IV_BYTES:
        raise ValueError("the nonce has another length")
    # The tag is the last 16 bytes of the data, where AESGCM looks for it.
    request = json.loads(AESGCM(key).decrypt(iv, data, None))
    if not isinstance(request, dict):
        raise ValueError("the request is not an object")  # noqa: TRY004  as any other bad content
    return request
