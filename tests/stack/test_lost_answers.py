import os
import signal
import threading
import time

import pytest
import requests

from pierre.local import ports
from tests.stack.conftest import Serve, Service

pytestmark = pytest.mark.stack

QUICK = {
    "WHATSAPP_CONNECT_TIMEOUT": "1",
    "WHATSAPP_READ_TIMEOUT": "1",
    "WHATSAPP_TOTAL_TIMEOUT": "1",
}


def type_of(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


@pytest.mark.parametrize("mode", ["drop", "hang", "http_500"])
def test_an_answer_that_is_lost_leaves_unknown_and_a_second_call_sends_nothing(
    serve: Serve, mode: str
) -> None:
    service = serve(FLOW_DEBOUNCE_SECONDS="0", **QUICK)
    service.mute()
    service.fault(mode, seconds=3, times=1)
    assert type_of(service.call("alice")) == (500, "delivery_unknown")
    assert service.flow_states("alice") == ["unknown"]
    assert type_of(service.call("alice")) == (500, "delivery_unknown")
    assert len(service.phone("alice")) == 1


@pytest.mark.parametrize("mode", ["drop", "http_500"])
def test_the_webhook_settles_what_a_lost_answer_left_unknown(serve: Serve, mode: str) -> None:
    service = serve(FLOW_DEBOUNCE_SECONDS="60", **QUICK)
    service.fault(mode, times=1)
    service.call("alice")
    _until(lambda: service.flow_states("alice") == ["accepted"])
    assert service.call("alice").status_code == 200
    assert len(service.phone("alice")) == 1


def test_a_refused_connection_proves_that_nothing_was_sent(serve: Serve) -> None:
    service = serve(WHATSAPP_GRAPH_URL=f"http://127.0.0.1:{ports.free()}/simulator/graph")
    assert type_of(service.call("alice")) == (500, "whatsapp_unavailable")
    assert service.flow_states("alice") == ["failed"]


def test_after_a_refusal_that_proves_nothing_was_sent_the_next_call_sends(serve: Serve) -> None:
    service = serve()
    service.fault("refuse", code=131056, times=1)
    assert type_of(service.call("alice")) == (500, "whatsapp_unavailable")
    assert service.call("alice").status_code == 200
    assert service.flow_states("alice") == ["failed", "accepted"]
    assert len(service.phone("alice")) == 1


def test_a_slow_answer_is_waited_for(serve: Serve) -> None:
    service = serve()
    service.fault("slow", seconds=1, times=1)
    assert service.call("alice").status_code == 200


def test_a_server_killed_between_intent_and_outcome_never_sends_a_second_message(
    serve: Serve,
) -> None:
    first = serve()
    first.mute()
    first.fault("hang", seconds=5, times=1)
    caller = threading.Thread(target=_ignore_the_answer, args=(first,))
    caller.start()
    _until(lambda: first.flow_states("alice") == ["sending"] and bool(first.phone("alice")))
    os.killpg(first.stack.servers[1].pid, signal.SIGKILL)
    caller.join()
    assert first.flow_states("alice") == ["sending"]

    second = serve(**QUICK)
    assert type_of(second.call("alice")) == (500, "delivery_unknown")
    _until(lambda: second.flow_states("alice") == ["unknown"], seconds=40)
    assert type_of(second.call("alice")) == (500, "delivery_unknown")
    assert len(second.phone("alice")) == 1


def _ignore_the_answer(service: Service) -> None:
    with pytest.raises(requests.ConnectionError):
        service.call("alice")


def _until(condition: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
