from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.whatsapp.simulator.bodies import message
from tests.whatsapp.simulator.conftest import Send
from whatsapp.simulator.lost import NoSocket
from whatsapp.simulator.models import FINE, Fault, Mode, SimulatedMessage, SimulatedPhone

FAULTS = "/simulator/faults"


def set_fault(client: Client, **fault: object) -> None:
    assert client.post(FAULTS, fault, content_type="application/json").status_code == 200


def test_a_refusal_has_the_code_it_was_given_and_stores_nothing(send: Send, client: Client) -> None:
    set_fault(client, mode="refuse", code=131056)
    answer = send(message())
    assert answer.json()["error"]["code"] == 131056
    assert not SimulatedMessage.objects.exists()


@pytest.mark.parametrize(
    ("code", "status"), [(190, 401), (10, 403), (130429, 429), (131000, 500), (131016, 503)]
)
def test_a_refusal_has_the_status_that_goes_with_its_code(
    send: Send, client: Client, code: int, status: int
) -> None:
    set_fault(client, mode="refuse", code=code)
    assert send(message()).status_code == status


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


def test_a_fault_whose_times_are_over_is_none(send: Send, client: Client) -> None:
    set_fault(client, mode="refuse", times=1)
    assert "ligadas" in client.get("/simulator/").text
    send(message())
    assert client.get(FAULTS).json()["mode"] == "none"
    assert "ligadas" not in client.get("/simulator/").text


def test_a_hang_is_long_unless_it_is_said_how_long(db: None, client: Client) -> None:
    set_fault(client, mode="hang")
    assert client.get(FAULTS).json()["seconds"] == 60


def test_the_pages_form_sets_it_too(db: None, client: Client) -> None:
    answer = client.post(FAULTS, {"mode": "hang", "code": "1", "seconds": "9", "times": ""})
    assert answer.status_code == 302
    assert (Fault.objects.get().mode, Fault.objects.get().remaining) == ("hang", None)


def test_another_site_cannot_set_it_with_a_form(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(FAULTS, {"mode": "hang"}).status_code == 403
    assert client.post(FAULTS, {"mode": "hang"}, content_type="application/json").status_code == 200


@pytest.mark.parametrize("body", ["{", "[]", "null", "[" * 5000])
def test_what_is_no_object_sets_nothing(db: None, client: Client, body: str) -> None:
    assert client.post(FAULTS, body, content_type="application/json").status_code == 400
    assert not Fault.objects.exists()


@pytest.mark.parametrize(
    "fault",
    [
        {"mode": "magic"},
        {"mode": "slow", "seconds": "soon"},
        {"mode": "slow", "seconds": -1},
        {"mode": "slow", "seconds": 1e9},
        {"mode": "refuse", "times": 0},
    ],
)
def test_a_fault_that_does_not_exist_is_refused(
    db: None, client: Client, fault: dict[str, object]
) -> None:
    answer = client.post(FAULTS, fault, content_type="application/json")
    assert answer.status_code == 400
    assert not Fault.objects.exists()


def test_a_fault_set_in_between_is_not_counted_against(db: None) -> None:
    Fault.objects.create(mode=Mode.HTTP_500, remaining=1)
    found = Fault.objects.current()
    Fault.objects.update(mode=Mode.SLOW)
    assert not Fault.objects.count_down(found)
    assert Fault.objects.get().remaining == 1


def test_the_last_time_is_taken_by_one_of_two_who_saw_it(db: None) -> None:
    Fault.objects.create(mode=Mode.HTTP_500, remaining=1)
    first, second = Fault.objects.current(), Fault.objects.current()
    assert Fault.objects.count_down(first)
    assert not Fault.objects.count_down(second)


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


def test_outside_gunicorn_a_drop_says_why_it_cannot_be(send: Send, client: Client) -> None:
    set_fault(client, mode="drop")
    with pytest.raises(NoSocket, match="only gunicorn"):
        send(message())


def test_a_phone_can_be_registered_once(send: Send, client: Client) -> None:
    facts = {"number": "+5531987654323", "name": "Clara", "wa_id": "553187654323"}
    answer = client.post("/simulator/phones", facts, content_type="application/json")
    assert (answer.status_code, answer.json()["id"]) == (201, SimulatedPhone.objects.get().pk)
    assert client.post("/simulator/phones", facts).status_code == 400
    SimulatedPhone.objects.update(window_ends_at=timezone.now() + timedelta(hours=24))
    answer = send({**message(), "to": facts["number"]})
    assert answer.json()["contacts"][0]["wa_id"] == "553187654323"


@pytest.mark.parametrize("number", ["5531987654323", "+55 31 98765", "+0531987654323", ""])
def test_a_phone_has_a_number_in_e164(db: None, client: Client, number: str) -> None:
    answer = client.post("/simulator/phones", {"number": number, "name": "Clara"})
    assert list(answer.json()["errors"]) == ["number"]


def test_a_reset_forgets_messages_and_faults_but_no_phone(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    send(message())
    set_fault(client, mode="hang")
    assert client.post("/simulator/reset").json() == {"phones": 1}
    assert not SimulatedMessage.objects.exists()
    assert client.get(FAULTS).json()["mode"] == "none"


def test_the_messages_of_a_number_can_be_listed(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    send(message())
    (found,) = client.get("/simulator/messages", {"phone": phone.number}).json()["messages"]
    assert (found["payload"]["text"], found["callback_data"]) == ({"body": "Oi!"}, "a-uuid")
