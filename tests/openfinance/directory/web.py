"""A web server on this machine that answers as it is told, and not always well."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.openfinance.brasil import pki

AUTHORITY = pki.Authority()
_END = b"\r\n\r\n"


def answer(body: bytes, *, kind: str = "application/json", head: str = "") -> bytes:
    """Return a whole answer; `head` are more lines of it, each with its end."""
    lines = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{head}\r\n"
    return lines.encode() + body


@dataclass
class Web:
    """`pieces` by path are sent one by one, with `pause` seconds after each; `asked` is all asked.

    After the last one the connection stays open while `hangs`.
    """

    pieces: dict[str, list[bytes]] = field(default_factory=dict)
    pause: float = 0.0
    hangs: bool = False
    asked: list[str] = field(default_factory=list)
    origin: str = ""
    stopped: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        while not self.stopped.is_set():
            with suppress(OSError):
                peer, _ = listener.accept()
                with peer:
                    peer.settimeout(5)
                    if context:
                        with context.wrap_socket(peer, server_side=True) as secured:
                            self._answer(secured)
                    else:
                        self._answer(peer)

    def _answer(self, peer: socket.socket) -> None:
        request = b""
        while _END not in request:
            if not (chunk := peer.recv(4096)):
                return
            request += chunk
        path = request.split(b" ")[1].decode()
        self.asked.append(path)
        for piece in self.pieces[path]:
            peer.sendall(piece)
            self.stopped.wait(self.pause)
        if self.hangs:
            self.stopped.wait(5)


@contextmanager
def serving(*, tls: bool = False) -> Iterator[Web]:
    web = Web()
    context = _context() if tls else None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        web.origin = f"{'https' if tls else 'http'}://localhost:{port}"
        thread = threading.Thread(target=web.serve, args=(listener, context), daemon=True)
        thread.start()
        yield web
        web.stopped.set()
        with suppress(OSError):  # wakes the server, which then sees that it is to stop
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        thread.join(timeout=10)


def _context() -> ssl.SSLContext:
    identity = AUTHORITY.issue("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        path.write_text(f"{identity.certificate}\n{identity.key}")
        context.load_cert_chain(path)
    return context
