"""A running simulator tells by itself what happens, whatever becomes of the business."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tests.whatsapp.simulator.server import Meta, until
from whatsapp import updates

pytestmark = pytest.mark.stack


@dataclass(kw_only=True)
class Listener:
    """The business, over real TCP: when it heard what."""

    answer: int = 200
    heard: list[tuple[float, updates.Update]] = field(default_factory=list)

    def states(self) -> list[str]:
        return [each.state for _, each in self.heard if isinstance(each, updates.Status)]


@contextmanager
def listening(port: int, *, answer: int = 200) -> Iterator[Listener]:
    """Serve the business's webhook at a port until the block ends."""
    listener = Listener(answer=answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if listener.answer == 200:
                told = [updates.read(piece) for piece in updates.split(body)]
                listener.heard += [(time.monotonic(), update) for update in told]
            self.send_response(listener.answer)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield listener
        finally:
            server.shutdown()
            thread.join()


def waits(meta: Meta) -> int:
    answer = requests.get(f"{meta.address}/simulator/webhooks", timeout=10)
    return int(answer.json()["waiting"])


def test_what_happens_is_told_by_itself(meta: Meta) -> None:
    with listening(meta.business_port) as business:
        meta.send()
        until(lambda: len(business.heard) == 2)
        assert business.states() == ["sent", "delivered"]
        until(lambda: not waits(meta))


def test_a_status_may_come_before_the_answer(meta: Meta) -> None:
    meta.tell("faults", mode="slow", seconds=3, times=1)
    with listening(meta.business_port) as business:
        assert meta.send().status_code == 200
        answered = time.monotonic()
        assert business.states() == ["sent", "delivered"]
        assert all(at < answered for at, _ in business.heard)


def test_a_business_that_comes_back_is_told_everything(meta: Meta) -> None:
    meta.send()
    with listening(meta.business_port, answer=500) as business:
        until(lambda: waits(meta) == 2)
        business.answer = 200
        until(lambda: len(business.heard) == 2)
    assert "Traceback" not in meta.log.read_text()


def test_a_muted_one_says_nothing(meta: Meta) -> None:
    meta.tell("telling", muted=True)
    with listening(meta.business_port) as business:
        meta.send()
        time.sleep(1)
        assert business.heard == []
