"""The phone's side of the encryption between a Flow and its data endpoint.

Written from Meta's description ("Implementing endpoints for Flows") and not from the product's
code, so that each proves the other.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from whatsapp.simulator.flow_player.exceptions import NoAnswer

_TAG_BYTES = 16
_SECRET_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One sealed request: the body to post, and what opens its answer."""

    body: bytes
    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)

    def open(self, answer: str) -> dict[str, Any]:
        """Decrypt an answer: same key, every bit of the nonce inverted, the tag at the end.

        Raises NoAnswer for what is not an encrypted JSON object.
        """
        try:
            sealed = base64.b64decode(answer, validate=True)
            opened = json.loads(self._decrypt(sealed))
        except (ValueError, InvalidTag, RecursionError) as error:
            raise NoAnswer from error
        if not isinstance(opened, dict):
            raise NoAnswer
        return opened

    def _decrypt(self, sealed: bytes) -> bytes:
        inverted = bytes(byte ^ 0xFF for byte in self.iv)
        data, tag = sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:]
        decryptor = Cipher(algorithms.AES(self.key), modes.GCM(inverted, tag)).decryptor()
        return decryptor.update(data) + decryptor.finalize()


def seal(request: Mapping[str, Any], *, public_key_pem: str) -> Envelope:
    """Encrypt a request for the business's RSA key, under an AES key and a nonce of its own.

    Raises NoAnswer without a usable RSA key: nobody could read what is sent.
    """
    wrapping_key = _rsa_key(public_key_pem)
    key, iv = os.urandom(_SECRET_BYTES), os.urandom(_SECRET_BYTES)
    encryptor = Cipher(algorithms.AES(key), modes.GCM(iv)).encryptor()
    data = encryptor.update(json.dumps(request).encode()) + encryptor.finalize()
    sha = hashes.SHA256()
    oaep = padding.OAEP(mgf=padding.MGF1(algorithm=sha), algorithm=sha, label=None)
    parts = {
        "encrypted_flow_data": data + encryptor.tag,
        "encrypted_aes_key": wrapping_key.encrypt(key, oaep),
        "initial_vector": iv,
    }
    body = json.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()})
    return Envelope(body=body.encode(), key=key, iv=iv)


def _rsa_key(pem: str) -> RSAPublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError as error:
        raise NoAnswer from error
    if not isinstance(key, RSAPublicKey):
        raise NoAnswer
    return key
