"""A business's data endpoint for Flows, from Meta's description: none of the product's code."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from requests import PreparedRequest

SECRET = b"test-app-secret"

Request = dict[str, Any]
Answer = Mapping[str, Any] | tuple[int, Mapping[str, Any]]


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(slots=True, kw_only=True)
class Endpoint:
    """It answers what `answer` returns: an object, or one with the status that it goes out with."""

    answer: Callable[[Request], Answer]
    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    heard: list[Request] = field(default_factory=list)

    @property
    def public_key(self) -> str:
        return (
            self.key.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )

    def respond(self, body: bytes, signature: str) -> tuple[int, str]:
        """Return the status and the body that answer a request."""
        if signature != f"sha256={hmac.new(SECRET, body, hashlib.sha256).hexdigest()}":
            return 432, ""
        posted = {name: base64.b64decode(part) for name, part in json.loads(body).items()}
        sha = hashes.SHA256()
        oaep = padding.OAEP(mgf=padding.MGF1(sha), algorithm=sha, label=None)
        try:
            key = self.key.decrypt(posted["encrypted_aes_key"], oaep)
        except ValueError:
            return 421, ""
        aes, iv = AESGCM(key), posted["initial_vector"]
        request = json.loads(aes.decrypt(iv, posted["encrypted_flow_data"], None))
        self.heard.append(request)
        answer = self.answer(request)
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        inverted = bytes(255 - byte for byte in iv)
        sealed = aes.encrypt(inverted, json.dumps(content).encode(), None)
        return status, base64.b64encode(sealed).decode()

    def __call__(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        """Answer a request that `responses` caught."""
        assert isinstance(request.body, bytes)
        status, text = self.respond(request.body, request.headers["X-Hub-Signature-256"])
        return status, {"Content-Type": "text/plain"}, text


@contextmanager
def serving(endpoint: Endpoint) -> Iterator[str]:
    """Serve it on a free port, and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, text = endpoint.respond(body, self.headers["X-Hub-Signature-256"])
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/flows"
        server.shutdown()
        thread.join()
