"""Answers that never come: what a network does, done on purpose."""

import socket
import struct
import time

from django.http import HttpRequest, HttpResponse

# Close at once, with a reset, and forget what was not sent.
_RESET = struct.pack("ii", 1, 0)


class NoSocket(Exception):
    """The server keeps its socket to itself, so only gunicorn can drop a connection."""


def drop(request: HttpRequest) -> HttpResponse:
    """Cut the connection; the answer returned goes nowhere."""
    connection = request.META.get("gunicorn.socket")
    if not isinstance(connection, socket.socket):
        raise NoSocket
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    # The server still holds the descriptor, so it is shut down rather than closed under it.
    connection.shutdown(socket.SHUT_RDWR)
    return HttpResponse()


def hang(seconds: float) -> HttpResponse:
    """Say nothing for a long time, and then nothing that anybody reads."""
    time.sleep(seconds)
    return HttpResponse(status=504)
