"""Fetch what an address of others' choosing leads to: bounded, and from the public web only.

One connection for one GET, without redirects, proxies and compression. The name is resolved here
and each address looked at before any is connected to, so that no name leads into our own network.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from threading import Event, Timer
from typing import Final
from urllib.parse import SplitResult, urlsplit

import certifi

_CHUNK: Final = 1 << 16
_LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "::1")
# RFC 6052 and RFC 8215: addresses that a translator turns into those of IPv4.
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL: Final = ipaddress.ip_network("64:ff9b:1::/48")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotFetched(Exception):
    """It was not fetched whole; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloader:
    """How to fetch. Timeouts are in seconds: for the next bytes, and for all of it.

    `authorities` are the PEM certificates to trust instead of certifi's. `allow_loopback` is for
    tests: it lets this machine be fetched from, and by plain HTTP too.
    """

    timeout: float = 10.0
    total_timeout: float = 120.0
    authorities: str | None = None
    allow_loopback: bool = False

    def fetch(self, url: str, *, most_bytes: int, types: Collection[str]) -> bytes:
        """Return the content, of one of these media types; raise NotFetched."""
        connection = self._connection(url)
        with _deadline(connection, self.total_timeout) as is_over:
            try:
                content = _get(connection, urlsplit(url), most_bytes, types)
            except NotFetched as error:
                reason = str(error)
            except (OSError, ValueError, http.client.HTTPException) as error:
                reason = f"no answer: {type(error).__name__}"
            else:
                reason = ""
        # An answer of unknown length ends when the connection does, which may be our own doing.
        if is_over.is_set():
            raise NotFetched("it took too long")
        if reason:
            raise NotFetched(reason)
        return content

    def _connection(self, url: str) -> "_Connection":
        try:
            parts = urlsplit(url)
            name, port = parts.hostname or "", parts.port
        except ValueError:
            raise NotFetched("not an address") from None
        is_local = self.allow_loopback and name in _LOOPBACK_NAMES
        if not name or "@" in parts.netloc or not url.isascii() or not url.isprintable():
            raise NotFetched("not an address")
        if parts.scheme == "https":
            context = ssl.create_default_context(
                cafile=None if self.authorities else certifi.where(), cadata=self.authorities
            )
            connection: _Connection = _TlsConnection(
                name, port, timeout=self.timeout, context=context
            )
        elif parts.scheme == "http" and is_local:
            connection = _Connection(name, port, timeout=self.timeout)
        else:
            raise NotFetched("not an https address")
        connection.allow_loopback = self.allow_loopback
        return connection


class _Connection(http.client.HTTPConnection):
    allow_loopback = False
    # Of `sock` it lets go once an answer begins that ends with the connection.
    held: socket.socket | None = None

    def connect(self) -> None:
        self.sock = self.held = self._connect_publicly()

    def _connect_publicly(self) -> socket.socket:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
        if not all(self._is_allowed(address) for address in addresses):
            raise NotFetched("not a public address")
        failure: OSError = OSError("no address")
        for address in addresses:
            try:
                return socket.create_connection((address, self.port), timeout=self.timeout)
            except OSError as error:
                failure = error
        raise failure

    def _is_allowed(self, text: str) -> bool:
        address = _meant(ipaddress.ip_address(text.partition("%")[0]))
        if address.is_loopback:
            return self.allow_loopback
        return address.is_global and not address.is_multicast and address not in _NAT64_LOCAL


class _TlsConnection(_Connection, http.client.HTTPSConnection):
    def __init__(self, host: str, port: int | None, *, timeout: float, context: ssl.SSLContext):
        super().__init__(host, port, timeout=timeout)
        self._tls = context

    def connect(self) -> None:
        sock = self._connect_publicly()
        # Known to the deadline before the handshake, which may hang too.
        self.sock = self.held = self._tls.wrap_socket(
            sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock.do_handshake()


def _meant(address: _Address) -> _Address:
    """Return the IPv4 address that one of IPv6 leads to, or else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _get(
    connection: http.client.HTTPConnection,
    parts: SplitResult,
    most_bytes: int,
    types: Collection[str],
) -> bytes:
    target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    headers = {"User-Agent": "pierre-connect", "Accept-Encoding": "identity"}
    connection.request("GET", target, headers=headers)
    response = connection.getresponse()
    kind = response.headers.get_content_type()
    if response.status != HTTPStatus.OK:
        raise NotFetched(f"HTTP {response.status}")
    if kind not in types or response.headers.get("Content-Encoding", "identity") != "identity":
        raise NotFetched(f"an unexpected type: {kind}")
    length = response.length
    if (length or 0) > most_bytes:
        raise NotFetched("too large")
    content = bytearray()
    while chunk := response.read(_CHUNK):
        content += chunk
        if len(content) > most_bytes:
            raise NotFetched("too large")
    if length is not None and len(content) != length:
        raise NotFetched("cut short")
    return bytes(content)


@contextmanager
def _deadline(connection: _Connection, seconds: float) -> Iterator[Event]:
    """End the connection when the time is up: a socket's timeout starts again at each byte."""
    is_over = Event()

    def end() -> None:
        is_over.set()
        with suppress(OSError):
            if connection.held:
                socket.socket.shutdown(connection.held, socket.SHUT_RDWR)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield is_over
    finally:
        timer.cancel()
        connection.close()
