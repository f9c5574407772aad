import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openfinance.antispam import Limits, Refuse, Repeat, Send, Sent, Wish, judge

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WISH = Wish(user_id=1, phone="+5511987654321", route="flow", bank_id=None)
LIMITS = Limits(
    debounce=timedelta(seconds=60), deadline=timedelta(seconds=30), per_hour=5, per_day=20
)
NO_DEBOUNCE = Limits(debounce=timedelta(), deadline=timedelta(seconds=30), per_hour=5, per_day=20)


def sent(seconds_ago: float, *, status: str = "accepted", **wish: Any) -> Sent:
    return Sent(
        flow_id=uuid.uuid4(),
        wish=replace(WISH, **wish),
        status=status,
        at=NOW - timedelta(seconds=seconds_ago),
    )


def test_a_first_wish_is_sent() -> None:
    assert judge(WISH, [], limits=LIMITS, now=NOW) == Send()


def test_a_wish_repeated_within_the_debounce_answers_with_its_flow() -> None:
    last = sent(59)
    assert judge(WISH, [last], limits=LIMITS, now=NOW) == Repeat(last.flow_id)


def test_a_wish_repeated_after_the_debounce_is_sent() -> None:
    assert judge(WISH, [sent(60)], limits=LIMITS, now=NOW) == Send()


@pytest.mark.parametrize(
    "other",
    [{"route": "notice"}, {"bank_id": 7}, {"user_id": 2}, {"phone": "+5521987654321"}],
    ids=["an upgrade", "another bank", "another user", "a new phone"],
)
def test_another_wish_is_no_repeat(other: dict[str, Any]) -> None:
    assert judge(WISH, [sent(1, **other)], limits=LIMITS, now=NOW) == Send()


def test_what_may_have_arrived_is_not_sent_again_even_long_after_the_debounce() -> None:
    last = sent(7200, status="unknown")
    assert judge(WISH, [last], limits=NO_DEBOUNCE, now=NOW) == Repeat(last.flow_id)


def test_a_message_whose_process_died_counts_as_one_that_may_have_arrived() -> None:
    last = sent(31, status="sending")
    assert judge(WISH, [last], limits=NO_DEBOUNCE, now=NOW) == Repeat(last.flow_id)


def test_without_debounce_a_message_on_its_way_holds_nothing_back() -> None:
    assert judge(WISH, [sent(1, status="sending")], limits=NO_DEBOUNCE, now=NOW) == Send()


def test_the_hourly_cap_ends_when_the_fifth_message_back_leaves_the_hour() -> None:
    recent = [sent(ago) for ago in (100, 200, 300, 400, 1000)]
    assert judge(WISH, recent, limits=LIMITS, now=NOW) == Refuse(2600)


def test_the_daily_cap_holds_when_the_hourly_one_does_not() -> None:
    recent = [sent(4000 + 100 * number) for number in range(20)]
    assert judge(WISH, recent, limits=LIMITS, now=NOW) == Refuse(86400 - 5900)


def test_the_cap_counts_what_other_users_got_on_the_same_phone() -> None:
    recent = [sent(100 * number, user_id=2) for number in range(1, 6)]
    assert judge(WISH, recent, limits=LIMITS, now=NOW) == Refuse(3100)


def test_the_cap_counts_what_the_user_got_on_another_phone() -> None:
    recent = [sent(100 * number, phone="+5521987654321") for number in range(1, 6)]
    assert judge(WISH, recent, limits=LIMITS, now=NOW) == Refuse(3100)


@given(ages=st.lists(st.floats(0, 86399), max_size=40).map(sorted))
def test_after_the_time_to_wait_the_cap_no_longer_holds(ages: list[float]) -> None:
    recent = [sent(age) for age in ages]
    verdict = judge(WISH, recent, limits=NO_DEBOUNCE, now=NOW)
    if isinstance(verdict, Refuse):
        later = NOW + timedelta(seconds=verdict.retry_after)
        still = [item for item in recent if item.at > later - timedelta(days=1)]
        assert judge(WISH, still, limits=NO_DEBOUNCE, now=later) == Send()
        assert verdict.retry_after >= 1
