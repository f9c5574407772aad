"""One POST over kept-alive connections: never repeated, and a failure tells what it proves.

Three things differ from plain requests. A failure while connecting (DNS, refusal, certificate, a
handshake that hangs) is told apart from one after it, because only the first proves that nothing
was sent. The whole answer, its headers included, has a deadline, where a socket's timeout starts
again at each byte. And there is no Session: it reads a redirect's body whole, even to ignore it.
"""

import http.client
import io
import math
import socket
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

_MOST_IDLE_SECONDS = 30
# When the answer being waited for in this thread must be complete, on the monotonic clock.
_deadline: ContextVar[float] = ContextVar("deadline")


class NotSent(Exception):
    """No connection was made, so no byte of the request left."""


class NoAnswer(Exception):
    """The request may have been processed, and no whole answer came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`usage` is Graph's X-Business-Use-Case-Usage: JSON, "" when it says nothing of limits."""

    status: int
    body: bytes
    usage: str = ""


@dataclass(eq=False, kw_only=True)
class Endpoint:
    """A URL to POST to, from any number of threads.

    Timeouts are in seconds: to connect (to each address of the host), to wait for the next bytes,
    and for the answer in all. More threads than `pool_size` do not wait for each other: the
    connections beyond it are closed after use. Proxies, and the certificates that the environment
    names, are used only with `trust_env`, and read once.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    connect_timeout: float
    read_timeout: float
    total_timeout: float
    pool_size: int
    max_response_bytes: int
    trust_env: bool = False
    ca_bundle: str | None = None

    def __post_init__(self) -> None:
        self._request = requests.Request("POST", self.url, headers=dict(self.headers)).prepare()
        self._adapter = _Adapter(
            pool_connections=1, pool_maxsize=self.pool_size, max_retries=0, pool_block=False
        )
        with requests.Session() as session:
            session.trust_env = self.trust_env
            session.verify = self.ca_bundle or True
            environment = session.merge_environment_settings(
                self.url, proxies={}, stream=True, verify=None, cert=None
            )
        self._options: dict[str, Any] = {
            "stream": True,
            "timeout": (self.connect_timeout, self.read_timeout),
            "verify": environment["verify"],
            "proxies": environment["proxies"],
        }

    def post(self, body: bytes) -> Answer:
        """Send the body once and return the answer, whatever its status.

        Raises NotSent when no connection was made, and NoAnswer for everything else that is not a
        whole answer within the deadline and the size.
        """
        request = self._request.copy()
        request.body = body
        request.headers["Content-Length"] = str(len(body))
        _deadline.set(time.monotonic() + self.total_timeout)
        try:
            with self._adapter.send(request, **self._options) as response:
                content = response.raw.read(self.max_response_bytes + 1, decode_content=False)
        except (OSError, HTTPError, http.client.HTTPException) as error:
            reason = _reason(error)
        else:
            if len(content) > self.max_response_bytes:
                raise NoAnswer("the answer is too large")
            usage = response.headers.get("X-Business-Use-Case-Usage", "")
            return Answer(status=response.status_code, body=content, usage=usage)
        # Raised out here, the error has no cause: the frames of that one hold the credentials.
        if isinstance(reason, ConnectTimeoutError):
            raise NotSent(f"no connection: {_first_cause(reason)}")
        raise NoAnswer(f"no answer: {type(reason).__name__}")

    def close(self) -> None:
        """Close the idle connections."""
        self._adapter.close()


def _reason(error: BaseException) -> BaseException:
    """Return what requests and urllib3 wrapped; NewConnectionError is a ConnectTimeoutError too."""
    if isinstance(error, requests.ConnectTimeout) and not error.args:
        return ConnectTimeoutError()
    if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason:
        return _reason(error.reason)
    if isinstance(error, urllib3.exceptions.ProxyError):
        return _reason(error.original_error)
    wrapped = next((part for part in error.args if isinstance(part, BaseException)), None)
    return _reason(wrapped) if wrapped else error


def _first_cause(error: BaseException) -> str:
    while error.__cause__:
        error = error.__cause__
    return type(error).__name__


class _DeadlineReader(io.RawIOBase):
    """A socket's file whose every read ends by the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._socket = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = _deadline.get() - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the answer is too slow")
        if remaining < (self._socket.gettimeout() or remaining):
            self._socket.settimeout(remaining)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock))


class _PlainConnection(HTTPConnection):
    response_class = _TimedResponse

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, ValueError, HTTPError, http.client.HTTPException) as error:
            raise NewConnectionError(self, type(error).__name__) from error


class _TlsConnection(_PlainConnection, HTTPSConnection):
    """The same, with `HTTPSConnection.connect` in the middle of it."""


class _FreshPool(HTTPConnectionPool):
    """A pool that reuses no connection which the other side may be about to close for idleness.

    A request that meets that moment is lost in doubt, and a message in doubt is not sent again.
    """

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        if time.monotonic() - getattr(connection, "idle_since", math.inf) > _MOST_IDLE_SECONDS:
            connection.close()
        return connection

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()
        super()._put_conn(conn)


class _PlainPool(_FreshPool):
    ConnectionCls = _PlainConnection


class _TlsPool(_FreshPool, HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _PlainPool, "https": _TlsPool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        # A SOCKS manager is none of these: its pools must stay its own, for they do the proxying.
        if isinstance(manager, urllib3.ProxyManager):
            manager.pool_classes_by_scheme = _POOLS
        return manager
