"""The plan's limit of connections, and what counts against it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Plan, User
from openfinance import allowances, exceptions
from openfinance.exceptions import ConnectionLimitReached
from openfinance.models import Consent
from pierre.answers import ANSWERS
from tests.openfinance import rows

HOUR = timedelta(hours=1)


def include(connections: int | None) -> None:
    Plan.objects.filter(slug="premium").update(max_connections=connections)


def may_connect(user: User, slug: str) -> bool:
    try:
        allowances.require(user=user, bank=rows.bank(slug))
    except ConnectionLimitReached:
        return False
    return True


@pytest.fixture
def two(alice: User) -> list[Consent]:
    """Alice is connected to two banks."""
    return [rows.consent(alice, "nubank"), rows.consent(alice, "itau")]


@pytest.mark.usefixtures("two")
def test_up_to_the_limit_a_new_bank_may_be_connected(alice: User) -> None:
    include(3)
    assert may_connect(alice, "inter")
    include(2)
    assert not may_connect(alice, "inter")


@pytest.mark.usefixtures("two")
def test_a_plan_without_a_limit_has_none(alice: User) -> None:
    include(None)
    assert may_connect(alice, "inter")


@pytest.mark.usefixtures("two")
def test_whoever_has_all_that_is_included_may_renew_each(alice: User) -> None:
    include(2)
    assert may_connect(alice, "nubank")
    assert may_connect(alice, "itau")


@pytest.mark.usefixtures("two")
def test_whoever_has_more_ends_some_before_renewing(alice: User) -> None:
    include(1)
    assert not may_connect(alice, "nubank")
    itau = Consent.objects.filter(connection__bank__slug="itau")
    itau.update(status="ended", ended_at=timezone.now())
    assert may_connect(alice, "nubank")


def test_the_error_says_how_many_are_included_and_held(alice: User, two: list[Consent]) -> None:
    include(1)
    with pytest.raises(ConnectionLimitReached) as error:
        allowances.require(user=alice, bank=rows.bank("inter"))
    assert (error.value.code, error.value.limit, error.value.held) == (
        "connection_limit_reached",
        1,
        len(two),
    )


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({"status": "created"}, True),
        ({"status": "awaiting"}, True),
        ({"status": "authorised"}, True),
        ({"status": "ended", "ended_at": timezone.now}, False),
        ({"revocation_requested_at": timezone.now}, False),
        ({"expires_at": lambda: timezone.now() - HOUR}, False),
        ({"expires_at": lambda: timezone.now() + HOUR}, True),
    ],
    ids=["agreed to", "at the bank", "active", "ended", "being ended", "expired", "not expired"],
)
def test_what_gives_access_or_is_on_its_way_counts(
    alice: User, facts: dict[str, str | Callable[[], object]], *, counts: bool
) -> None:
    rows.consent(alice, "nubank")
    made = {name: value() if callable(value) else value for name, value in facts.items()}
    Consent.objects.update(**made)
    assert allowances.held(user=alice).exists() == counts


def test_a_bank_counts_once_however_often_it_was_renewed(alice: User) -> None:
    rows.consent(alice, "nubank", status="ended", ended_at=timezone.now())
    rows.consent(alice, "nubank")
    rows.consent(alice, "nubank", status="awaiting")
    assert allowances.held(user=alice).count() == 1


@pytest.mark.usefixtures("two")
def test_what_others_have_does_not_count(alice: User, clara: User) -> None:
    clara.subscriptions.update(plan=Plan.objects.get(slug="premium"))
    include(1)
    assert may_connect(clara, "inter")


def test_a_plan_without_the_connection_includes_none(bruno: User) -> None:
    with pytest.raises(exceptions.NotInPlan):
        allowances.require(user=bruno, bank=rows.bank("inter"))


def test_nobody_connects_without_a_subscription(davi: User) -> None:
    with pytest.raises(exceptions.InactiveSubscription):
        allowances.require(user=davi, bank=rows.bank("inter"))


@pytest.mark.parametrize("error", exceptions.FlowError.__subclasses__())
def test_the_api_has_words_for_each_reason(error: type[exceptions.FlowError]) -> None:
    assert error.code in ANSWERS or error is exceptions.PhoneMissing
