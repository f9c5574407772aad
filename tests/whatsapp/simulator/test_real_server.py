"""Answers that are late or lost, over real TCP from a real gunicorn."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.whatsapp.simulator.server import CONNECTIONS, Meta, until

pytestmark = pytest.mark.stack


def test_a_dropped_connection_brings_no_answer_and_the_message_arrived(meta: Meta) -> None:
    meta.tell("faults", mode="drop", times=1)
    with pytest.raises(requests.ConnectionError):
        meta.send()
    assert meta.stored() == 1
    assert meta.send().status_code == 200
    assert "Traceback" not in meta.log.read_text()


def test_a_hanging_one_says_nothing_and_then_cuts(meta: Meta) -> None:
    meta.tell("faults", mode="hang", seconds=1.5, times=2)
    with pytest.raises(requests.ReadTimeout):
        meta.send(timeout=0.5)
    with pytest.raises(requests.ConnectionError) as cut:
        meta.send()
    assert not isinstance(cut.value, requests.Timeout)
    assert meta.stored() == 2


def test_many_slow_answers_hold_no_database_connection(meta: Meta) -> None:
    many = CONNECTIONS * 3
    meta.tell("faults", mode="slow", seconds=6)
    with ThreadPoolExecutor(many) as pool:
        slow = [pool.submit(meta.send) for _ in range(many)]
        until(lambda: meta.stored() == many)
        assert not any(answer.done() for answer in slow)
    assert {answer.result().status_code for answer in slow} == {200}
