from typing import Any

import pytest

from tests.whatsapp.updates import recorded
from whatsapp import updates

ANA = {"profile": {"name": "Ana"}, "wa_id": "+5511987654321", "user_id": "BR.1"}


def read(kind: str, update: dict[str, Any], **contact: Any) -> updates.Update:
    content: dict[str, Any] = {
        "kind": kind,
        "phone_number_id": "1",
        "contact": contact,
        "update": update,
    }
    return updates.read(updates.Piece(key="k", content=content))


def message(**changes: Any) -> dict[str, Any]:
    return {"id": "wamid.1", "timestamp": "1", "type": "text", "text": {"body": "oi"}, **changes}


def status(**changes: Any) -> dict[str, Any]:
    return {"id": "wamid.1", "timestamp": "1", "status": "sent", **changes}


@pytest.mark.parametrize("timestamp", ["1750030073", 1750030073])
def test_a_time_is_text_or_number(timestamp: object) -> None:
    update = read("status", status(timestamp=timestamp))
    assert isinstance(update, updates.Status)
    assert update.at == recorded.at(1750030073)


@pytest.mark.parametrize(
    "timestamp", ["", None, True, 1.5, -1, "-1", "1_0", " 1", "١٢", "9" * 30, 253402300800, [], {}]
)
def test_any_other_time_makes_it_unknown(timestamp: object) -> None:
    update = read("status", status(timestamp=timestamp))
    assert isinstance(update, updates.Unknown)
    assert update.reason == "no timestamp"


@pytest.mark.parametrize("message_id", ["", None, True, 1.5, "a" * 256, [], {}])
def test_what_is_no_id_makes_it_unknown(message_id: object) -> None:
    update = read("status", status(id=message_id))
    assert isinstance(update, updates.Unknown)
    assert update.reason == "no id"


@pytest.mark.parametrize("number", ["BR.1", "group@g.us", "١٢٣", "1" * 21, "", None, True, {}])
def test_what_is_no_number_is_no_wa_id(number: object) -> None:
    update = read("status", status(recipient_id=number))
    assert isinstance(update, updates.Status)
    assert update.recipient_wa_id is None


def test_a_contact_tells_what_a_message_leaves_out() -> None:
    found = read("message", message(), **ANA)
    assert isinstance(found, updates.Text)
    assert found.sender == updates.Sender(wa_id="5511987654321", user_id="BR.1", name="Ana")


def test_a_contact_tells_what_a_status_leaves_out() -> None:
    found = read("status", status(), **ANA)
    assert isinstance(found, updates.Status)
    assert (found.recipient_wa_id, found.recipient_user_id) == ("5511987654321", "BR.1")


def test_a_contact_tells_what_a_preference_leaves_out() -> None:
    change = {"category": "marketing_messages", "value": "stop", "timestamp": 1}
    found = read("preference", change, **ANA)
    assert isinstance(found, updates.PreferenceChange)
    assert (found.wa_id, found.user_id) == ("5511987654321", "BR.1")


def test_a_preference_of_nobody_is_unknown() -> None:
    change = {"category": "marketing_messages", "value": "stop", "timestamp": 1}
    assert isinstance(read("preference", change), updates.Unknown)


@pytest.mark.parametrize(
    "system",
    [
        {"type": "user_changed_number", "user_id": "BR.2", "previous_user_id": "BR.1"},
        {"type": "user_changed_user_id", "wa_id": "5511987654321", "previous_user_id": "BR.1"},
    ],
)
def test_a_change_to_nothing_is_unknown(system: dict[str, str]) -> None:
    update = read("message", message(type="system", system=system))
    assert isinstance(update, updates.Unknown)
    assert update.reason == "no new identifier"


@pytest.mark.parametrize("response", ["\ud800", "[]", "null", "[" * 100, 5, None])
def test_a_flow_reply_that_is_no_object_is_unknown(response: object) -> None:
    reply = {"type": "nfm_reply", "nfm_reply": {"response_json": response}}
    update = read("message", message(type="interactive", interactive=reply), **ANA)
    assert isinstance(update, updates.Unknown)
    assert "response_json" in update.reason


def test_a_status_with_odd_details_is_still_a_status() -> None:
    odd = {"errors": [{"code": "x"}, 1], "pricing": [], "biz_opaque_callback_data": 5}
    update = read("status", status(status="failed", **odd))
    assert isinstance(update, updates.Status)
    assert (update.state, update.failure) == (updates.DeliveryState.FAILED, None)
    assert (update.callback_data, update.pricing_type) == (None, None)
