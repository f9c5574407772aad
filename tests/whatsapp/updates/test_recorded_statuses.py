from typing import Any

import pytest

from tests.whatsapp.updates import recorded
from tests.whatsapp.updates.recorded import OURS, USER_ID, WA_ID
from whatsapp import updates
from whatsapp.updates import DeliveryState, Preference

CALLBACK = "5f0f6d0e-8f59-4f0e-9a0c-0b6a4ad0a001"
PRICED: dict[str, Any] = {"pricing_category": "utility", "pricing_type": "regular"}


def status(word: str, *, at: int = 1750030080, **changes: Any) -> updates.Status:
    fields: dict[str, Any] = {
        "key": f"status:{OURS}:{word}:{at}",
        "phone_number_id": recorded.NUMBER,
        "message_id": OURS,
        "state": DeliveryState.SENT,
        "word": word,
        "at": recorded.at(at),
        "recipient_wa_id": WA_ID,
        "recipient_user_id": USER_ID,
        "callback_data": CALLBACK,
        "failure": None,
        "pricing_category": None,
        "pricing_type": None,
    }
    return updates.Status(**fields | changes)


STATUSES = {
    "status_sent": status("sent", **PRICED),
    "status_delivered": status("delivered", at=1750030085, state=DeliveryState.DELIVERED, **PRICED),
    "status_read": status("read", at=1750030100, state=DeliveryState.READ),
    "status_played": status("played", at=1750030120, state=DeliveryState.PLAYED),
    "status_of_new_word": status("warning", at=1750030090, state=DeliveryState.OTHER),
    "status_with_int_timestamp": status("sent"),
    "status_without_callback_data": status("sent", callback_data=None),
    "status_without_wa_id": status(
        "delivered", at=1750030085, state=DeliveryState.DELIVERED, recipient_wa_id=None
    ),
    "status_failed": status(
        "failed",
        at=1751142888,
        state=DeliveryState.FAILED,
        recipient_user_id=None,
        failure=updates.Failure(
            code=131049,
            title="This message was not delivered to maintain healthy ecosystem engagement.",
            details="In order to maintain a healthy ecosystem engagement, the message failed to be "
            "delivered.",
        ),
    ),
    "status_failed_to_user_id": status(
        "failed",
        at=1751142888,
        state=DeliveryState.FAILED,
        recipient_wa_id=None,
        failure=updates.Failure(
            code=131062,
            title="Business-scoped user id is not supported for this message",
            details="Use a phone number",
        ),
    ),
}


def preference(name: str) -> updates.PreferenceChange:
    change = recorded.only(name)
    assert isinstance(change, updates.PreferenceChange)
    return change


@pytest.mark.parametrize("name", STATUSES)
def test_a_status_is_read_whole(name: str) -> None:
    assert recorded.only(name) == STATUSES[name]


def test_a_status_without_a_time_is_kept_with_the_reason() -> None:
    update = recorded.only("status_without_timestamp")
    assert isinstance(update, updates.Unknown)
    assert (update.reason, update.phone_number_id) == ("no timestamp", recorded.NUMBER)


def test_stopping_marketing_is_read_whole() -> None:
    change = preference("user_preferences_stop")
    assert change == updates.PreferenceChange(
        key=change.key,
        phone_number_id=recorded.NUMBER,
        wa_id=WA_ID,
        user_id=USER_ID,
        category="marketing_messages",
        preference=Preference.STOP,
        at=recorded.at(1731705721),
        details="User requested to stop marketing messages",
    )


def test_resuming_marketing_is_another_update() -> None:
    change = preference("user_preferences_resume")
    assert change.preference is Preference.RESUME
    assert change.key != preference("user_preferences_stop").key


def test_a_preference_is_matched_by_its_contact_when_it_has_no_number() -> None:
    change = preference("user_preferences_without_profile")
    assert (change.wa_id, change.user_id) == (None, USER_ID)


def test_a_preference_of_a_new_value_is_kept_with_the_reason() -> None:
    update = recorded.only("user_preferences_of_new_value")
    assert isinstance(update, updates.Unknown)
    assert update.reason == "value is neither stop nor resume"


def test_an_error_that_comes_alone_is_read() -> None:
    update = recorded.only("errors_alone")
    assert isinstance(update, updates.ReportedFailure)
    assert (update.failure.code, update.phone_number_id) == (130429, recorded.NUMBER)
