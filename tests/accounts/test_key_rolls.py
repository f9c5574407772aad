from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import api_keys
from accounts.api_keys import Overlap
from accounts.exceptions import KeyNotLive
from accounts.models import ApiKey, AuditEvent, User

YEAR = timedelta(days=365)


def use(secret: str) -> ApiKey:
    """Use a key as a call does."""
    found = api_keys.find(secret)
    assert found
    api_keys.touch(found)
    return found


def told(act: AuditEvent.Act) -> list[tuple[str, str, dict[str, str]]]:
    events = AuditEvent.objects.filter(act=act).order_by("pk")
    return [(event.target, event.result, event.details) for event in events]


def test_a_roll_makes_one_new_key_with_the_name_and_the_mode_of_the_old(alice: User) -> None:
    old, _ = api_keys.issue(user=alice, name="chatbot", is_test=True)
    new, secret = api_keys.roll(key=old, overlap=Overlap.DAY)
    assert (new.name, new.is_test, new.replaces) == ("chatbot", True, old)
    assert api_keys.find(secret) == new


def test_the_new_key_has_as_long_to_live_as_the_old_one_had(alice: User) -> None:
    old, _ = api_keys.issue(user=alice, expires_at=timezone.now() + timedelta(days=30))
    ApiKey.objects.update(
        created_at=old.created_at - timedelta(days=29),
        expires_at=timezone.now() + timedelta(days=1),
    )
    new, _ = api_keys.roll(key=old, overlap=Overlap.NONE)
    assert new.expires_at
    assert timedelta(days=29, hours=23) < new.expires_at - timezone.now() <= timedelta(days=30)


def test_a_key_without_an_end_gets_a_new_one_without_an_end(alice: User) -> None:
    old, _ = api_keys.issue(user=alice)
    assert api_keys.roll(key=old, overlap=Overlap.WEEK)[0].expires_at is None


def test_without_an_overlap_the_old_key_ends_at_once(alice: User) -> None:
    old, secret = api_keys.issue(user=alice)
    api_keys.roll(key=old, overlap=Overlap.NONE)
    assert api_keys.find(secret) is None


@pytest.mark.parametrize(
    ("overlap", "lasts"),
    [
        (Overlap.HOUR, timedelta(hours=1)),
        (Overlap.DAY, timedelta(days=1)),
        (Overlap.WEEK, timedelta(days=7)),
    ],
)
def test_an_overlap_ends_the_old_key_after_its_time(
    alice: User, overlap: ApiKey.Overlap, lasts: timedelta
) -> None:
    old, secret = api_keys.issue(user=alice)
    before = timezone.now()
    api_keys.roll(key=old, overlap=overlap)
    old.refresh_from_db()
    assert old.expires_at
    assert before + lasts <= old.expires_at <= timezone.now() + lasts
    assert api_keys.find(secret)


def test_an_overlap_never_lets_a_key_live_longer_than_it_would_have(alice: User) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    old, _ = api_keys.issue(user=alice, expires_at=soon)
    api_keys.roll(key=old, overlap=Overlap.DAY)
    old.refresh_from_db()
    assert old.expires_at == soon


def test_the_first_use_of_the_new_key_ends_the_old_one(alice: User) -> None:
    old, old_secret = api_keys.issue(user=alice)
    new, secret = api_keys.roll(key=old, overlap=Overlap.FIRST_USE)
    for _ in range(2):
        use(old_secret)
    use(secret)
    assert api_keys.find(old_secret) is None
    assert told(AuditEvent.Act.KEY_REVOKED) == [
        (f"accounts.apikey:{old.pk}", "first_use", {"mode": "live"})
    ]
    assert use(secret) == new


def test_a_key_that_replaces_another_costs_more_at_its_first_use_only(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    old, _ = api_keys.issue(user=alice)
    _, secret = api_keys.roll(key=old, overlap=Overlap.FIRST_USE)
    use(secret)
    with django_assert_num_queries(1):
        use(secret)


def test_a_key_lost_before_its_first_use_is_rolled_and_the_next_ends_them_all(alice: User) -> None:
    first, first_secret = api_keys.issue(user=alice)
    lost, lost_secret = api_keys.roll(key=first, overlap=Overlap.FIRST_USE)
    last, secret = api_keys.roll(key=lost, overlap=Overlap.NONE)
    assert api_keys.find(first_secret)
    assert api_keys.find(lost_secret) is None
    use(secret)
    assert api_keys.find(first_secret) is None
    assert list(ApiKey.objects.live()) == [last]


def test_a_first_use_leaves_the_end_of_a_timed_overlap_as_it_was(alice: User) -> None:
    first, first_secret = api_keys.issue(user=alice)
    second, second_secret = api_keys.roll(key=first, overlap=Overlap.HOUR)
    _, secret = api_keys.roll(key=second, overlap=Overlap.FIRST_USE)
    use(secret)
    assert api_keys.find(first_secret)
    assert api_keys.find(second_secret) is None


def test_a_first_use_ends_no_key_of_another_roll(alice: User) -> None:
    mine, _ = api_keys.issue(user=alice)
    other, other_secret = api_keys.issue(user=alice)
    _, secret = api_keys.roll(key=mine, overlap=Overlap.FIRST_USE)
    api_keys.roll(key=other, overlap=Overlap.FIRST_USE)
    use(secret)
    assert api_keys.find(other_secret)


@pytest.mark.parametrize(
    "end",
    [
        lambda key: api_keys.roll(key=key, overlap=Overlap.WEEK),
        lambda key: api_keys.revoke(key=key),
        lambda key: ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now()),
    ],
    ids=["rolled", "revoked", "expired"],
)
def test_what_was_rolled_or_revoked_or_has_expired_is_not_rolled(
    alice: User, end: Callable[[ApiKey], object]
) -> None:
    key, _ = api_keys.issue(user=alice)
    end(key)
    count = ApiKey.objects.count()
    with pytest.raises(KeyNotLive) as refused:
        api_keys.roll(key=key, overlap=Overlap.DAY)
    assert (refused.value.code, ApiKey.objects.count()) == ("key_not_live", count)


def test_revoking_the_new_key_leaves_the_old_one_its_own_end(alice: User) -> None:
    old, old_secret = api_keys.issue(user=alice)
    new, _ = api_keys.roll(key=old, overlap=Overlap.FIRST_USE)
    api_keys.revoke(key=new)
    assert api_keys.find(old_secret)
    assert api_keys.revoke(key=old)


def test_each_act_on_a_key_leaves_its_event(alice: User) -> None:
    old, secret = api_keys.issue(user=alice, is_test=True)
    new, new_secret = api_keys.roll(key=old, overlap=Overlap.HOUR)
    api_keys.revoke(key=new)
    api_keys.revoke(key=new)
    issued, rolled, revoked = AuditEvent.objects.order_by("pk")
    assert [event.act for event in (issued, rolled, revoked)] == [
        "key_issued",
        "key_rolled",
        "key_revoked",
    ]
    assert rolled.details == {"overlap": "hour", "mode": "test", "replacement": str(new.pk)}
    assert {event.user for event in (issued, rolled, revoked)} == {alice}
    written = str(list(AuditEvent.objects.values()))
    assert secret not in written
    assert new_secret not in written


_NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.get_default_timezone())
_ENDS = [None, _NOW - YEAR, _NOW, _NOW + YEAR]


@pytest.mark.parametrize("revoked_at", [None, _NOW - YEAR])
@pytest.mark.parametrize("expires_at", _ENDS)
@pytest.mark.parametrize("overlap", ["", *Overlap.values])
def test_a_keys_state_is_that_by_which_it_is_found(
    alice: User, overlap: str, expires_at: datetime | None, revoked_at: datetime | None
) -> None:
    key, _ = api_keys.issue(user=alice)
    ApiKey.objects.update(overlap=overlap, expires_at=expires_at, revoked_at=revoked_at)
    key.refresh_from_db()
    found = [s for s in ApiKey.State if ApiKey.objects.in_state(s, at=_NOW).exists()]
    assert found == [key.state(at=_NOW)]
    assert key.is_live(at=_NOW) == ApiKey.objects.live(at=_NOW).exists()
