"""The hot path's SQL is written out; here it is held against the QuerySets that say the same."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, Subscription, User
from openfinance import exceptions, flows

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("status", Subscription.Status.values)
@pytest.mark.parametrize(
    ("start", "end"),
    [(-HOUR, None), (-HOUR, -HOUR / 2), (-HOUR, HOUR), (HOUR, None), (HOUR, 2 * HOUR)],
)
def test_a_route_is_found_exactly_for_an_active_subscription(
    alice: User, status: str, start: timedelta, end: timedelta | None
) -> None:
    now = timezone.now()
    alice.subscriptions.update(
        status=status,
        current_period_start=now + start,
        current_period_end=None if end is None else now + end,
    )
    if Subscription.objects.active().filter(user=alice).exists():
        assert flows._route(alice) == "flow"
    else:
        with pytest.raises(exceptions.InactiveSubscription):
            flows._route(alice)


@pytest.mark.parametrize("revoked", [None, -HOUR])
@pytest.mark.parametrize("expires", [None, -HOUR, HOUR])
def test_a_key_is_found_exactly_when_it_is_live(
    alice: User, revoked: timedelta | None, expires: timedelta | None
) -> None:
    now = timezone.now()
    key, secret = api_keys.issue(user=alice)
    ApiKey.objects.update(
        revoked_at=None if revoked is None else now + revoked,
        expires_at=None if expires is None else now + expires,
    )
    found = api_keys.find(secret)
    assert (found == key) == ApiKey.objects.live().exists()
    if found:
        assert (found.user, found.user.phone, found.name) == (alice, alice.phone, "")
