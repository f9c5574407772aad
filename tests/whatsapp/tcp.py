"""A real server on a free port, for what only real sockets do."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

ACCEPTED = json.dumps({"messages": [{"id": "wamid.A"}]}).encode()

Behaviour = Callable[["Server", socket.socket], None]


@dataclass
class Server:
    """What reached it, and `over`, which is set when the test ends."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def receive(self, connection: socket.socket) -> bytes:
        """Read one request; return b"" when the client hung up."""
        with connection.makefile("rb") as stream:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = stream.readline()
                if not line:
                    return b""
                head += line
            lengths = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
            body = stream.read(int(lengths[0].split(b":")[1])) if lengths else b""
        self.requests.append(head + body)
        return head + body


def answer(body: bytes = ACCEPTED, *, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def accepts(server: Server, connection: socket.socket) -> None:
    """Accept every message, on a connection kept alive."""
    while server.receive(connection):
        connection.sendall(answer())


def hangs_up(server: Server, connection: socket.socket) -> None:
    """Take one request and close the connection without a word."""
    server.receive(connection)


def says_nothing(server: Server, connection: socket.socket) -> None:
    """Keep the connection open, in silence, until the test ends."""
    server.over.wait()


def reset(connection: socket.socket) -> None:
    """Make closing the connection send a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def serving(behave: Behaviour, *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Treat each connection as `behave` says, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        server = Server(port=listener.getsockname()[1])
        threads: list[threading.Thread] = []

        def converse(connection: socket.socket) -> None:
            # Clients hang up in the middle: that is what is being tested.
            with connection, suppress(OSError):
                if tls is None:
                    behave(server, connection)
                    return
                with tls.wrap_socket(connection, server_side=True) as secured:
                    behave(server, secured)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    connection.settimeout(10)
                    server.connections += 1
                    threads.append(threading.Thread(target=converse, args=(connection,)))
                    threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        stack.callback(_join, acceptor, threads)
        stack.callback(listener.shutdown, socket.SHUT_RDWR)
        stack.callback(server.over.set)
        yield server


def _join(acceptor: threading.Thread, conversations: list[threading.Thread]) -> None:
    acceptor.join(10)
    for conversation in conversations:
        conversation.join(10)
