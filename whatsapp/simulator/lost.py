"""Answers that come late or never: what a network does, done on purpose."""

import socket
import struct
import time

from django.db import connection
from django.http import HttpRequest, HttpResponse

# Close at once, with a reset, and forget what was not sent.
_RESET = struct.pack("ii", 1, 0)


class NoSocket(Exception):
    """The server keeps its socket to itself, so only gunicorn can drop a connection."""

    def __str__(self) -> str:
        return self.__doc__ or ""


def wait(seconds: float) -> None:
    """Sleep with the database connection given back, so that many may wait at once."""
    connection.close()
    time.sleep(seconds)


def drop(request: HttpRequest) -> HttpResponse:
    """Cut the connection; the answer returned goes nowhere. Raises NoSocket outside gunicorn."""
    client = request.META.get("gunicorn.socket")
    if not isinstance(client, socket.socket):
        raise NoSocket
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    # The server still holds the descriptor, so it is shut down rather than closed under it.
    client.shutdown(socket.SHUT_RDWR)
    return HttpResponse()


def hang(request: HttpRequest, seconds: float) -> HttpResponse:
    """Say nothing for so long, and then cut the connection. Raises NoSocket outside gunicorn."""
    wait(seconds)
    return drop(request)
