"""What Meta says of our account decides whether our number sends."""

from typing import Any

import pytest

from tests.whatsapp import hooks
from whatsapp import inbox, numbers
from whatsapp.models import BusinessNumber, IncomingUpdate

pytestmark = pytest.mark.django_db

BAN = "DISABLED_UPDATE"
DISABLED: dict[str, Any] = {"ban_info": {"waba_ban_state": "DISABLE"}}
REINSTATED: dict[str, Any] = {"ban_info": {"waba_ban_state": "REINSTATE"}}
SCHEDULED: dict[str, Any] = {"ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE"}}


def restricted(*kinds: str) -> dict[str, Any]:
    return {"restriction_info": [{"restriction_type": f"RESTRICTED_{kind}"} for kind in kinds]}


def hear(event: str, *, at: int = 1751247548, **more: Any) -> tuple[bool, bool]:
    """Receive what Meta says; return whether all is stopped, and whether templates are."""
    inbox.store(hooks.body(hooks.account(event, **more), time=at))
    inbox.take_in()
    assert not IncomingUpdate.objects.filter(processed_at=None).exists()
    number = BusinessNumber.objects.first() or BusinessNumber()
    return bool(number.stopped_at), bool(number.templates_stopped_at)


@pytest.mark.parametrize(
    ("event", "more", "stopped"),
    [
        (BAN, DISABLED, (True, False)),
        (BAN, SCHEDULED, (False, False)),
        ("ACCOUNT_DELETED", {}, (True, False)),
        ("ACCOUNT_OFFBOARDED", {}, (True, False)),
        ("ACCOUNT_RESTRICTION", restricted("CUSTOMER_INITIATED_MESSAGING"), (True, False)),
        ("ACCOUNT_RESTRICTION", restricted("BIZ_INITIATED_MESSAGING"), (False, True)),
        ("ACCOUNT_RESTRICTION", restricted("UTILITY_TEMPLATES"), (False, True)),
        ("ACCOUNT_RESTRICTION", restricted("ADD_PHONE_NUMBER_ACTION"), (False, False)),
        ("ACCOUNT_VIOLATION", {"violation_info": {"violation_type": "SCAM"}}, (False, False)),
        ("VOLUME_BASED_PRICING_TIER_UPDATE", {}, (False, False)),
    ],
)
def test_what_takes_messages_from_us_stops_the_number(
    event: str, more: dict[str, Any], stopped: tuple[bool, bool]
) -> None:
    assert hear(event, **more) == stopped


def test_the_reason_is_kept_for_staff() -> None:
    hear("ACCOUNT_RESTRICTION", **restricted("BIZ_INITIATED_MESSAGING"))
    reason = numbers.current().reason
    assert reason == "ACCOUNT_RESTRICTION RESTRICTED_BIZ_INITIATED_MESSAGING"


@pytest.mark.parametrize(("event", "more"), [(BAN, REINSTATED), ("ACCOUNT_RECONNECTED", {})])
def test_metas_word_lets_it_send_again(event: str, more: dict[str, Any]) -> None:
    hear(BAN, **DISABLED)
    assert hear(event, at=1751247549, **more) == (False, False)
    assert numbers.current().reason == ""


def test_an_older_word_that_comes_late_changes_nothing() -> None:
    hear(BAN, at=1751247560, **REINSTATED)
    assert hear(BAN, at=1751247550, **DISABLED) == (False, False)


def test_what_has_no_time_counts_as_new() -> None:
    hear(BAN, **DISABLED)
    inbox.store(hooks.body(hooks.account("ACCOUNT_RECONNECTED")))
    inbox.take_in()
    assert numbers.stopped() is None
