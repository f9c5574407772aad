"""Calls to Pluggy: never repeated, bounded in time and size, and to its own address only.

A failure before anything was sent is told apart from one after it. The whole answer, its headers
included, has a deadline, where a socket's timeout starts again at each byte. There is no Session:
it reads a redirect's body whole, even to ignore it, and heeds the environment.
"""

import http.client
import io
import socket
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from openfinance.providers.errors import ProviderError, Reason

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_CHUNK = 16384


@dataclass(slots=True)
class _Call:
    deadline: float  # on the monotonic clock
    has_begun: bool = False  # something of the request may have left


_call: ContextVar[_Call] = ContextVar("call")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`retry_after` is the header of that name, "" when there is none."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str = ""


@dataclass(eq=False, kw_only=True)
class Transport:
    """The way to one address; share one between threads.

    Timeouts are in seconds: to connect, for the next bytes, and for the whole answer.
    `allow_loopback` is for tests: it lets this machine be called, and by plain HTTP. Raises
    ValueError for an address that is not safe to send credentials to.
    """

    url: str
    connect_timeout: float
    read_timeout: float
    total_timeout: float
    max_answer_bytes: int = 8 << 20
    pool_size: int = 32
    allow_loopback: bool = False

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        is_loopback = parts.hostname in _LOOPBACK_NAMES and self.allow_loopback
        if not parts.hostname or "@" in parts.netloc or parts.query:
            raise ValueError("api_url is not the address of an API")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback):
            raise ValueError("api_url is not an https address")
        self._base = self.url.rstrip("/")
        self._adapter = _Adapter(
            pool_connections=1, pool_maxsize=self.pool_size, max_retries=0, pool_block=False
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Make one call and return the answer, whatever its status.

        Raises ProviderError: NO_ANSWER when a deletion may have been done, BAD_ANSWER for too much,
        and else BANK_DOWN, as nothing but a deletion has an effect on a person.
        """
        request = requests.Request(
            method, self._base + path, headers=dict(headers), params=query, data=body
        ).prepare()
        state = _Call(time.monotonic() + self.total_timeout)
        token = _call.set(state)
        try:
            return self._send(request)
        except (OSError, HTTPError, http.client.HTTPException) as error:
            # Without its cause, whose frames hold the credentials.
            in_doubt = state.has_begun and method == "DELETE"
            raise ProviderError(
                reason=Reason.NO_ANSWER if in_doubt else Reason.BANK_DOWN,
                details=f"no answer: {type(error).__name__}",
            ) from None
        finally:
            _call.reset(token)

    def close(self) -> None:
        """Close the idle connections."""
        self._adapter.close()

    def _send(self, request: requests.PreparedRequest) -> Answer:
        timeout = (self.connect_timeout, self.read_timeout)
        with self._adapter.send(request, stream=True, timeout=timeout) as response:
            body = bytearray()
            while chunk := response.raw.read(_CHUNK, decode_content=False):
                body += chunk
                if len(body) > self.max_answer_bytes:
                    raise ProviderError(
                        reason=Reason.BAD_ANSWER,
                        details="the answer is too large",
                        http_status=response.status_code,
                    )
            return Answer(
                status=response.status_code,
                body=bytes(body),
                retry_after=response.headers.get("Retry-After", ""),
            )


class _DeadlineReader(io.RawIOBase):
    """A socket's file whose every read ends by the call's deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._socket = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = _call.get().deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the answer is too slow")
        self._socket.settimeout(min(remaining, self._socket.gettimeout() or remaining))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock))


class _PlainConnection(HTTPConnection):
    response_class = _Response

    def send(self, data: Any) -> None:
        """Note that the request leaves, once there is a connection for it to leave by."""
        if self.sock is None:
            self.connect()
        _call.get().has_begun = True
        super().send(data)


class _TlsConnection(_PlainConnection, HTTPSConnection):
    """The same, over TLS."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
