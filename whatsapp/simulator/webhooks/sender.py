"""The thread that tells the business what is due, in the process that serves the simulator."""

import logging
import threading

from django.db import connection

from whatsapp.simulator import reviews
from whatsapp.simulator.webhooks import outgoing, telling

logger = logging.getLogger(__name__)

# What another process queued, or what waits for its time, is seen within so many seconds.
_POLL = 0.25
# A database that is down is asked again after so many.
_PAUSE = 1.0

_starting = threading.Lock()
_thread: threading.Thread | None = None


def start() -> None:
    """Start the thread of this process, if it does not run yet.

    Not before the process answers requests: servers fork, and threads do not come along. In a fork
    the thread of the parent counts as dead, so that each process has its own.
    """
    global _thread  # noqa: PLW0603  one for each process
    with _starting:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="webhooks", daemon=True)
            _thread.start()


def _run() -> None:
    while True:
        outgoing.added.clear()
        if not _tell():
            outgoing.added.wait(_POLL)


def _tell() -> bool:
    """Tell what is due; say whether there may be more."""
    try:
        reviews.finish()
        return telling.tell() > 0
    except Exception as error:  # noqa: BLE001  whatever happens, the next update must be told
        # The type alone: what was to be told is personal.
        logger.warning("The webhooks have to wait: %s", type(error).__name__)
        outgoing.added.wait(_PAUSE)
        return False
    finally:
        connection.close()
