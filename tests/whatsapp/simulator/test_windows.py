"""Outside of 24 hours after the person's last message only templates go through."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.whatsapp.simulator.bodies import LIST, message
from tests.whatsapp.simulator.conftest import Send
from tests.whatsapp.simulator.test_acts import act
from whatsapp.simulator import inbound
from whatsapp.simulator.models import SimulatedMessage, SimulatedPhone


@pytest.fixture
def cold(db: None) -> SimulatedPhone:
    return SimulatedPhone.objects.create(number="+5511987654321", name="Alice")


@pytest.mark.usefixtures("cold")
def test_who_never_wrote_gets_nothing_but_templates(send: Send, account: None) -> None:
    refused = send(message("interactive", LIST)).json()["error"]
    assert (refused["code"], SimulatedMessage.objects.count()) == (131047, 0)
    assert send(message("template")).status_code == 200


def test_a_message_opens_the_window_for_24_hours(send: Send, cold: SimulatedPhone) -> None:
    said = inbound.say(cold, "Oi")
    cold.refresh_from_db()
    assert cold.window_ends_at is not None
    left = cold.window_ends_at - said.created_at
    assert abs(left - timedelta(hours=24)) < timedelta(seconds=1)
    assert send(message()).status_code == 200


def test_each_message_moves_it(cold: SimulatedPhone) -> None:
    inbound.say(cold, "Oi")
    SimulatedPhone.objects.update(window_ends_at=timezone.now() + timedelta(hours=1))
    inbound.say(cold, "Oi de novo")
    cold.refresh_from_db()
    assert cold.is_in_window(at=timezone.now() + timedelta(hours=23))


def test_it_closes_by_itself(send: Send, cold: SimulatedPhone) -> None:
    inbound.say(cold, "Oi")
    SimulatedPhone.objects.update(window_ends_at=timezone.now() - timedelta(seconds=1))
    assert send(message()).json()["error"]["code"] == 131047


def test_what_the_business_sends_does_not_move_it(send: Send, phone: SimulatedPhone) -> None:
    before = phone.window_ends_at
    send(message())
    phone.refresh_from_db()
    assert phone.window_ends_at == before


@pytest.mark.usefixtures("cold")
def test_it_can_be_moved_without_a_message(client: Client, send: Send) -> None:
    assert act(client, "window", is_open=True).json()["is_in_window"]
    assert send(message()).status_code == 200
    assert not act(client, "window", is_open=False).json()["is_in_window"]
    assert send(message()).status_code == 400
    assert client.post("/simulator/reset").status_code == 200


def test_a_reset_closes_every_window(client: Client, phone: SimulatedPhone) -> None:
    client.post("/simulator/reset")
    phone.refresh_from_db()
    assert not phone.is_in_window()
