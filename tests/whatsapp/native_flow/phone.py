"""WhatsApp's side of the exchange, from Meta's description, with none of the project's code."""

import base64
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TAG = 16


@dataclass
class Phone:
    """A phone that knows the public half of a key pair, with one AES key and nonce for a request.

    Each part of the request can be spoiled before it is sent.
    """

    public_key: rsa.RSAPublicKey
    aes_key: bytes = field(default_factory=lambda: os.urandom(16))
    iv: bytes = field(default_factory=lambda: os.urandom(16))

    def ask(self, request: Any) -> bytes:
        return self.send(json.dumps(request).encode())

    def send(self, plain: bytes) -> bytes:
        return self.post(self.sealed(plain), self.wrapped(), self.iv)

    def sealed(self, plain: bytes) -> bytes:
        encryptor = Cipher(algorithms.AES(self.aes_key), modes.GCM(self.iv)).encryptor()
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def wrapped(self) -> bytes:
        sha = hashes.SHA256()
        scheme = padding.OAEP(mgf=padding.MGF1(algorithm=sha), algorithm=sha, label=None)
        return self.public_key.encrypt(self.aes_key, scheme)

    def post(self, data: bytes, key: bytes, iv: bytes) -> bytes:
        parts = {"encrypted_flow_data": data, "encrypted_aes_key": key, "initial_vector": iv}
        return json.dumps(
            {name: base64.b64encode(part).decode() for name, part in parts.items()}
        ).encode()

    def read(self, answer: str) -> Any:
        """Open an answer: the nonce with every bit inverted, the tag in the last 16 bytes."""
        raw = base64.b64decode(answer, validate=True)
        inverted = bytes(255 - byte for byte in self.iv)
        mode = modes.GCM(inverted, tag=raw[-TAG:])
        decryptor = Cipher(algorithms.AES(self.aes_key), mode).decryptor()
        return json.loads(decryptor.update(raw[:-TAG]) + decryptor.finalize())


def private_pem(key: rsa.RSAPrivateKey, passphrase: str = "") -> str:
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        protection = serialization.BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
    ).decode()
