"""Updates are told until the business answers 200, and out of order when asked for."""

from datetime import timedelta
from typing import Any

import pytest
import requests
from django.db.models import F
from django.test import Client
from django.utils import timezone

from tests.whatsapp.simulator.bodies import message
from tests.whatsapp.simulator.business import Business
from tests.whatsapp.simulator.conftest import Send
from whatsapp import updates
from whatsapp.simulator import inbound
from whatsapp.simulator.models import SimulatedPhone, SimulatedWebhook
from whatsapp.simulator.webhooks import telling


def tell(client: Client, **how: object) -> Any:
    return client.post("/simulator/telling", how, content_type="application/json")


def hurry() -> None:
    """Let what waits for its next attempt be due now."""
    SimulatedWebhook.objects.update(due_at=timezone.now())


@pytest.mark.usefixtures("phone")
def test_each_is_told_once_in_a_post_of_its_own(send: Send, business: Business) -> None:
    send(message())
    assert business.states() == ["sent", "delivered"]
    assert (len(business.posts), telling.tell()) == (2, 0)


@pytest.mark.usefixtures("phone")
def test_on_demand_the_last_comes_first(send: Send, client: Client, business: Business) -> None:
    tell(client, order="wrong")
    send(message())
    assert business.states() == ["delivered", "sent"]


@pytest.mark.usefixtures("phone")
def test_on_demand_each_post_comes_twice(send: Send, client: Client, business: Business) -> None:
    tell(client, twice=True)
    send(message())
    assert business.states() == ["sent", "sent", "delivered", "delivered"]
    assert business.posts[0] == business.posts[1]


@pytest.mark.usefixtures("phone")
def test_on_demand_they_come_late(send: Send, client: Client, business: Business) -> None:
    tell(client, late=60)
    send(message())
    assert business.states() == []
    hurry()
    assert business.states() == ["sent", "delivered"]


@pytest.mark.usefixtures("phone")
def test_while_muted_they_wait(send: Send, client: Client, business: Business) -> None:
    tell(client, muted=True)
    send(message())
    assert (business.states(), waiting(client)) == ([], 2)
    tell(client)
    assert (business.states(), waiting(client)) == (["sent", "delivered"], 0)


def test_on_demand_a_post_holds_many(
    send: Send, client: Client, phone: SimulatedPhone, business: Business
) -> None:
    tell(client, batch=1000)
    for _ in range(3):
        send(message())
    inbound.say(phone, "Oi")
    told = business.told()
    assert len(business.posts) == 1
    assert [isinstance(each, updates.Status) for each in told] == [True] * 6 + [False]
    statuses, messages = business.values()
    assert (len(statuses["statuses"]), len(statuses["contacts"])) == (6, 1)
    assert len(messages["messages"]) == 1


def test_a_batch_in_the_wrong_order_begins_with_the_last(
    send: Send, client: Client, phone: SimulatedPhone, business: Business
) -> None:
    tell(client, batch=10, order="wrong")
    send(message())
    assert business.states() == ["delivered", "sent"]


@pytest.mark.parametrize("batch", [0, 1001, "many"])
@pytest.mark.django_db
def test_a_batch_holds_as_many_as_metas(client: Client, batch: object) -> None:
    assert list(tell(client, batch=batch).json()["errors"]) == ["batch"]


def test_no_post_is_longer_than_metas(
    phone: SimulatedPhone, client: Client, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whatsapp.simulator.webhooks.posting.LONGEST", 1000)
    tell(client, batch=1000)
    for _ in range(2):
        inbound.say(phone, "x" * 900)
    assert (len(business.told()), len(business.posts)) == (2, 2)


@pytest.mark.parametrize("answer", [500, 403, 302, requests.ConnectionError("down")])
def test_without_a_200_it_is_told_again_after_a_pause(
    phone: SimulatedPhone, business: Business, answer: Any
) -> None:
    inbound.say(phone, "Oi")
    business.answers = [answer]
    assert business.told() == []
    assert SimulatedWebhook.objects.get().due_at > timezone.now()
    hurry()
    assert len(business.told()) == 1


def test_the_pauses_grow(phone: SimulatedPhone, business: Business) -> None:
    inbound.say(phone, "Oi")
    pauses = []
    business.answers = [500] * 7
    for _ in range(7):
        hurry()
        business.told()
        pauses.append(SimulatedWebhook.objects.get().pause.total_seconds())
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_one_that_is_not_taken_holds_up_no_other(phone: SimulatedPhone, business: Business) -> None:
    inbound.say(phone, "um")
    inbound.say(phone, "dois")
    business.answers = [500]
    (told,) = business.told()
    assert isinstance(told, updates.Text)
    assert told.body == "dois"


def test_after_seven_days_nobody_is_told_any_more(
    phone: SimulatedPhone, client: Client, business: Business
) -> None:
    inbound.say(phone, "Oi")
    SimulatedWebhook.objects.update(at=F("at") - timedelta(days=7))
    assert (business.told(), waiting(client)) == ([], 0)


def test_what_a_dying_process_was_telling_is_told_again(
    phone: SimulatedPhone, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbound.say(phone, "Oi")
    business.answers = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        telling.tell()
    assert telling.tell() == 0
    hurry()
    assert len(business.told()) == 1


def test_nobody_tells_what_another_is_telling(phone: SimulatedPhone, business: Business) -> None:
    inbound.say(phone, "Oi")
    nested = []
    business.meanwhile = lambda: nested.append(telling.tell())
    assert telling.tell() == 1
    assert nested == [0]


@pytest.mark.django_db
def test_the_keys_are_those_of_the_product(
    phone: SimulatedPhone, send: Send, client: Client, business: Business
) -> None:
    send(message())
    inbound.say(phone, "Oi")
    told = business.told()
    keys = client.get("/simulator/webhooks/delivered").json()["keys"]
    assert keys == [update.key for update in told]
    inbound.say(phone, "Ainda não")
    assert client.get("/simulator/webhooks/delivered").json()["keys"] == keys


def test_the_form_of_the_page_sets_it_too(db: None, client: Client) -> None:
    answer = client.post("/simulator/telling", {"order": "wrong", "late": "2", "batch": "5"})
    assert (answer.status_code, answer["Location"]) == (302, "/simulator/")
    assert client.get("/simulator/telling").json() == {
        "order": "wrong",
        "twice": False,
        "late": 2,
        "batch": 5,
        "muted": False,
    }


def waiting(client: Client) -> int:
    return int(client.get("/simulator/webhooks").json()["waiting"])


def test_what_a_person_sent_has_its_second_tick_once_the_business_has_it(
    phone: SimulatedPhone, business: Business
) -> None:
    sent = inbound.say(phone, "Oi")
    assert sent.status == "sent"
    business.told()
    sent.refresh_from_db()
    assert sent.status == "delivered"
