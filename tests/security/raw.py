"""Requests byte for byte, as no HTTP library would send them."""

import http.client
import io
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

PATH = "/tools/api/get-open-finance-connection-flow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; a status of 0 when the server hung up without a word."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class _Socket(io.BytesIO):
    def makefile(self, mode: str) -> io.BytesIO:
        return self


def send(base_url: str, request: bytes, *, verb: str = "GET", timeout: float = 10) -> Answer:
    """Send bytes and read one answer; that to a HEAD has no body."""
    place = urlsplit(base_url)
    got = b""
    with socket.create_connection((place.hostname, place.port), timeout=timeout) as connection:
        connection.sendall(request)
        try:
            while chunk := connection.recv(65536):
                got += chunk
        except ConnectionResetError:
            pass
    if not got:
        return Answer(status=0, headers=http.client.HTTPMessage(), body=b"")
    response = http.client.HTTPResponse(_Socket(got), method=verb)  # type: ignore[arg-type]
    response.begin()
    return Answer(status=response.status, headers=response.headers, body=response.read())


def call(
    base_url: str, *headers: bytes, path: str = PATH, verb: str = "GET", host: str = ""
) -> Answer:
    """Call the endpoint with exactly these header lines besides Host, and close."""
    place = urlsplit(base_url)
    lines = [
        f"{verb} {path} HTTP/1.1".encode(),
        f"Host: {host or place.netloc}".encode(),
        *headers,
        b"Connection: close",
    ]
    return send(base_url, b"\r\n".join([*lines, b"", b""]), verb=verb)
