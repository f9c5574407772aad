"""Calls to a bank: mutual TLS, never repeated, bounded in time and size, and only to the web.

Where to call comes from documents that others write. So a call goes to https and to a public
address only, which is looked at once the connection is made: a name may resolve to anything. It
follows no redirect and heeds no proxy of the environment.
"""

import http.client
import ipaddress
import socket
import ssl
import time
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from openfinance.providers.brasil import pem
from openfinance.providers.errors import ProviderError, Reason

# FAPI-BR 2.1: the only suites of TLS 1.2. Those of TLS 1.3 are not chosen here.
_CIPHERS = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_CHUNK = 16384
_INTERACTION_ID = "x-fapi-interaction-id"


@dataclass(slots=True)
class _Call:
    deadline: float  # on the monotonic clock
    has_begun: bool  # a byte of the request left


_call: ContextVar[_Call] = ContextVar("call")


class _UnsafeAddress(Exception):
    """The name led to an address that is not public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`interaction_id` is the one that the bank mirrors, or its own, or None."""

    status: int
    body: bytes = field(repr=False)
    interaction_id: str | None


@dataclass(eq=False, kw_only=True)
class Transport:
    """The way to any bank, with our certificate; share one between threads.

    `certificate` (with its chain) and `key` are PEM, and so is `authorities`, those to trust
    instead of certifi's. Timeouts are in seconds: to connect, for the next bytes, and for the whole
    answer. `allow_loopback` is for tests and this machine's own bank: it lets loopback addresses
    be called, and by plain HTTP too. Raises ValueError for a key that is not the certificate's.
    """

    certificate: str = field(repr=False)
    key: str = field(repr=False)
    authorities: str | None = field(default=None, repr=False)
    connect_timeout: float = 3.05
    read_timeout: float = 15.0
    total_timeout: float = 30.0
    max_answer_bytes: int = 1 << 20
    pool_size: int = 32
    allow_loopback: bool = False

    def __post_init__(self) -> None:
        context = _Context(ssl.PROTOCOL_TLS_CLIENT)
        context.allow_loopback = self.allow_loopback
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(_CIPHERS)
        context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
        try:
            context.load_verify_locations(
                cafile=None if self.authorities else certifi.where(), cadata=self.authorities
            )
            with pem.as_file(f"{self.certificate}\n{self.key}") as path:
                context.load_cert_chain(path)
        except ssl.SSLError as error:
            raise ValueError(f"certificate, key or authorities: {error.reason}") from None
        self._adapter = _Adapter(context, pool_size=self.pool_size)

    def call(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Make one call and return the answer, whatever its status.

        Raises ProviderError: UNSAFE_ADDRESS; BANK_DOWN when no byte of the request left, and
        NO_ANSWER when it may have been processed.
        """
        self.require_safe(url)
        request = requests.Request(method, url, headers=dict(headers), data=body).prepare()
        # Only of TLS is it known when the first byte leaves.
        has_begun = not url.startswith("https:")
        state = _Call(time.monotonic() + self.total_timeout, has_begun)
        token = _call.set(state)
        try:
            return self._send(request)
        except _UnsafeAddress:
            reason, details = Reason.UNSAFE_ADDRESS, "not a public address"
        except (OSError, HTTPError, http.client.HTTPException) as error:
            reason = Reason.NO_ANSWER if state.has_begun else Reason.BANK_DOWN
            details = f"no answer: {type(error).__name__}"
        finally:
            _call.reset(token)
        # Raised out here, the error has no cause: the frames of that one hold the credentials.
        raise ProviderError(reason=reason, details=details)

    def require_safe(self, url: str) -> None:
        """Raise ProviderError with UNSAFE_ADDRESS for what is no plain https URL of a host."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise ProviderError(reason=Reason.UNSAFE_ADDRESS, details="not a URL") from None
        is_plain = host and "@" not in parts.netloc and url.isascii() and url.isprintable()
        is_secured = parts.scheme == "https" or (
            parts.scheme == "http" and self.allow_loopback and host in _LOOPBACK_NAMES
        )
        if not (is_plain and is_secured and " " not in url and "\\" not in url):
            raise ProviderError(reason=Reason.UNSAFE_ADDRESS, details="not an https URL")

    def close(self) -> None:
        """Close the idle connections."""
        self._adapter.close()

    def _send(self, request: requests.PreparedRequest) -> Answer:
        # Not through a Session, which reads a redirect's body whole, even to ignore it.
        timeout = (self.connect_timeout, self.read_timeout)
        with self._adapter.send(request, stream=True, timeout=timeout) as response:
            body = bytearray()
            while chunk := response.raw.read(_CHUNK, decode_content=False):
                body += chunk
                if len(body) > self.max_answer_bytes:
                    raise OSError("the answer is too large")
                _remaining()
            return Answer(
                status=response.status_code,
                body=bytes(body),
                interaction_id=_uuid(response.headers.get(_INTERACTION_ID)),
            )


@dataclass(eq=False, slots=True)
class Conversation:
    """The calls of one operation, each with an interaction id of its own, which it keeps."""

    transport: Transport
    _ids: list[str] = field(default_factory=list)

    @property
    def interaction_ids(self) -> tuple[str, ...]:
        """Return the ids of the calls so far, in their order, those that a bank made included."""
        return tuple(self._ids)

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Make one call, as `Transport.call` does."""
        self._ids.append(str(uuid.uuid4()))
        answer = self.transport.call(
            method,
            url,
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": "pierre-connect",
                _INTERACTION_ID: self._ids[-1],
                **(headers or {}),
            },
            body=body,
        )
        # A bank that misses ours makes one of its own, which is then the one to name to it.
        if answer.interaction_id and answer.interaction_id != self._ids[-1]:
            self._ids.append(answer.interaction_id)
        return answer


class _Socket(ssl.SSLSocket):
    """Ends every read by the call's deadline, and notes that something was sent."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        remaining = _remaining()
        self.settimeout(min(remaining, self.gettimeout() or remaining))
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        _call.get().has_begun = True
        return super().send(*args, **kwargs)


class _Context(ssl.SSLContext):
    sslsocket_class = _Socket
    allow_loopback = False

    def wrap_socket(self, sock: socket.socket, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        address = ipaddress.ip_address(sock.getpeername()[0])
        if not (address.is_global or (address.is_loopback and self.allow_loopback)):
            raise _UnsafeAddress
        return super().wrap_socket(sock, *args, **kwargs)


class _Adapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext, *, pool_size: int) -> None:
        self._context = context
        super().__init__(pool_connections=pool_size, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave what is trusted to the context, where requests would add certifi's."""
        conn.cert_reqs = "CERT_REQUIRED"


def _remaining() -> float:
    remaining = _call.get().deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError("the answer is too slow")
    return remaining


def _uuid(text: str | None) -> str | None:
    try:
        return str(uuid.UUID(text)) if text else None
    except ValueError:
        return None
