"""The hot path's SQL is written out; here it is held against the QuerySets that say the same."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, Subscription, User
from openfinance import exceptions, reach
from whatsapp.models import Contact

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("status", Subscription.Status.values)
@pytest.mark.parametrize(
    ("start", "end"),
    [(-HOUR, None), (-HOUR, -HOUR / 2), (-HOUR, HOUR), (HOUR, None), (HOUR, 2 * HOUR)],
)
@pytest.mark.parametrize("grace", [None, -HOUR / 3, 2 * HOUR])
def test_a_route_is_found_exactly_for_an_active_subscription(
    alice: User, status: str, start: timedelta, end: timedelta | None, grace: timedelta | None
) -> None:
    now = timezone.now()
    alice.subscriptions.update(
        status=status,
        grace_ends_at=None if grace is None else now + grace,
        current_period_start=now + start,
        current_period_end=None if end is None else now + end,
    )
    if Subscription.objects.active().filter(user=alice).exists():
        assert reach.of(user=alice).route == "flow"
    else:
        with pytest.raises(exceptions.InactiveSubscription):
            reach.of(user=alice)


@pytest.mark.parametrize("ends", [None, -HOUR, HOUR])
@pytest.mark.parametrize("identity", ["phone", "wa_id", "other wa_id", "user_id", "another's"])
def test_the_window_is_open_exactly_for_a_contact_of_the_person(
    alice: User, ends: timedelta | None, identity: str
) -> None:
    identities: dict[str, dict[str, str | None]] = {
        "phone": {},
        "wa_id": {"phone": None, "wa_id": "5511987654321"},
        "other wa_id": {"phone": None, "wa_id": "551187654321"},
        "user_id": {"phone": None, "user_id": "BR.1349"},
        "another's": {"phone": "+5511987654320"},
    }
    now = timezone.now()
    Contact.objects.update(window_ends_at=ends and now + ends, **identities[identity])
    reached = reach.of(user=alice, to="BR.1349")
    is_theirs = identity != "another's"
    assert reached.is_in_window == (is_theirs and Contact.objects.in_window().exists())


def test_of_two_contacts_of_one_person_each_counts(alice: User) -> None:
    now = timezone.now()
    Contact.objects.create(wa_id="551187654321", marketing_stopped_at=now)
    reached = reach.of(user=alice)
    assert (reached.is_in_window, reached.has_stopped_marketing) == (True, True)
    Contact.objects.filter(wa_id="551187654321").update(opted_out_at=now)
    with pytest.raises(exceptions.OptedOut):
        reach.of(user=alice)


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
