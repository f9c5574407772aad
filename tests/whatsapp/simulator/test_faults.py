from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from tests.whatsapp.simulator.conftest import Send, message
from whatsapp.simulator.models import FINE, Fault, Mode, SimulatedMessage, SimulatedPhone

FAULTS = "/simulator/faults"


def set_fault(client: Client, **fault: object) -> None:
    assert client.post(FAULTS, fault, content_type="application/json").status_code == 200


def test_a_refusal_has_the_code_it_was_given_and_stores_nothing(send: Send, client: Client) -> None:
    set_fault(client, mode="refuse", code=131056)
    answer = send(message())
    assert answer.json()["error"]["code"] == 131056
    assert not SimulatedMessage.objects.exists()


def test_a_500_comes_after_the_message_reached_the_phone(send: Send, client: Client) -> None:
    set_fault(client, mode="http_500")
    assert send(message()).status_code == 500
    assert SimulatedMessage.objects.count() == 1


def test_a_fault_counts_only_messages_that_graph_would_take(send: Send, client: Client) -> None:
    set_fault(client, mode="refuse", times=1)
    assert send({}).status_code == 400
    assert Fault.objects.get().remaining == 1


def test_a_fault_ends_after_its_times(send: Send, client: Client) -> None:
    set_fault(client, mode="refuse", times=2)
    assert [send(message()).status_code for _ in range(3)] == [400, 400, 200]


def test_a_fault_can_be_read_and_taken_away(send: Send, client: Client) -> None:
    set_fault(client, mode="slow", seconds=0.5, times=3)
    assert client.get(FAULTS).json() == {"mode": "slow", "code": 131056, "seconds": 0.5, "times": 3}
    set_fault(client, mode="none")
    assert send(message()).status_code == 200


def test_the_pages_form_sets_it_too(db: None, client: Client) -> None:
    answer = client.post(FAULTS, {"mode": "hang", "code": "1", "seconds": "9", "times": ""})
    assert answer.status_code == 302
    assert (Fault.objects.get().mode, Fault.objects.get().remaining) == ("hang", None)


@pytest.mark.parametrize("fault", [{"mode": "magic"}, {"mode": "slow", "seconds": "soon"}])
def test_a_fault_that_does_not_exist_is_refused(
    db: None, client: Client, fault: dict[str, object]
) -> None:
    answer = client.post(FAULTS, fault, content_type="application/json")
    assert answer.status_code == 400
    assert not Fault.objects.exists()


@pytest.mark.usefixtures("transactional_db")
def test_three_times_are_three_whoever_takes_them() -> None:
    Fault.objects.create(mode=Mode.HTTP_500, remaining=3)

    def take(_: int) -> bool:
        try:
            return Fault.objects.take() != FINE
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(40))) == 3


def test_a_reset_forgets_messages_and_faults_but_no_phone(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    send(message())
    set_fault(client, mode="hang")
    assert client.post("/simulator/reset").json() == {"phones": 1}
    assert not SimulatedMessage.objects.exists()
    assert send(message()).status_code == 200


def test_the_messages_of_a_number_can_be_listed(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    send(message())
    (found,) = client.get("/simulator/messages", {"phone": phone.number}).json()["messages"]
    assert (found["payload"]["text"], found["callback_data"]) == ({"body": "Oi!"}, "a-uuid")
