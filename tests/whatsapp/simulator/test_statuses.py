"""What becomes of a message is told as the reference says, and as the product reads it."""

from django.test import Client

from tests.whatsapp.simulator.bodies import message
from tests.whatsapp.simulator.business import Business
from tests.whatsapp.simulator.conftest import Send
from whatsapp import updates
from whatsapp.simulator import statuses
from whatsapp.simulator.models import SimulatedMessage, SimulatedPhone


def test_an_accepted_message_is_sent_and_delivered(
    send: Send, phone: SimulatedPhone, business: Business
) -> None:
    wamid = send(message()).json()["messages"][0]["id"]
    sent, delivered = business.told()
    assert isinstance(sent, updates.Status)
    assert isinstance(delivered, updates.Status)
    assert (sent.state, delivered.state) == ("sent", "delivered")
    assert (sent.message_id, sent.callback_data) == (wamid, "a-uuid")
    assert (sent.recipient_wa_id, sent.recipient_user_id) == (phone.digits, phone.user_id)


def test_what_is_billed_is_told(
    send: Send, phone: SimulatedPhone, account: None, business: Business
) -> None:
    send(message())
    send(message("template"))
    told = [each for each in business.told() if isinstance(each, updates.Status)]
    assert [each.pricing_category for each in told] == ["service"] * 2 + ["utility"] * 2


def test_seen_once_is_read_once(send: Send, phone: SimulatedPhone, business: Business) -> None:
    send(message())
    stored = SimulatedMessage.objects.get()
    for _ in range(2):
        statuses.read(stored)
    assert business.states() == ["sent", "delivered", "read"]
    stored.refresh_from_db()
    assert stored.status == "read"


def test_a_number_that_nobody_has_fails_without_contacts(send: Send, business: Business) -> None:
    send(message())
    (failed,) = business.told()
    assert isinstance(failed, updates.Status)
    assert failed.failure is not None
    assert (failed.state, failed.failure.code) == ("failed", 131026)
    assert "contacts" not in business.values()[0]
    assert SimulatedMessage.objects.get().status == "failed"


def test_on_demand_an_accepted_message_fails_with_a_code(
    send: Send, phone: SimulatedPhone, client: Client, business: Business
) -> None:
    fault = {"mode": "fail", "code": 131049, "times": 1}
    client.post("/simulator/faults", fault, content_type="application/json")
    assert [send(message()).status_code for _ in range(2)] == [200, 200]
    failed, *others = (each for each in business.told() if isinstance(each, updates.Status))
    assert failed.failure is not None
    assert (failed.state, failed.failure.code) == ("failed", 131049)
    assert [each.state for each in others] == ["sent", "delivered"]


def test_a_message_that_fails_names_its_number_alone(
    send: Send, phone: SimulatedPhone, business: Business
) -> None:
    send(message())
    business.told()
    statuses.fail(SimulatedMessage.objects.get(), code=131049, details="Too many.")
    (failed,) = business.told()
    assert isinstance(failed, updates.Status)
    assert (failed.recipient_wa_id, failed.recipient_user_id) == (phone.digits, None)
