from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import api_keys
from accounts.models import ApiKey, User


def test_a_key_is_shown_once_and_kept_only_as_a_digest(alice: User) -> None:
    key, secret = api_keys.issue(user=alice, name="chatbot")
    stored = ApiKey.objects.values().get(pk=key.pk)
    assert secret not in str(stored)
    assert (stored["prefix"], stored["last_four"]) == (secret[:8], secret[-4:])


def test_a_key_finds_its_user_in_one_query(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _, secret = api_keys.issue(user=alice)
    with django_assert_num_queries(1):
        found = api_keys.find(secret)
        assert found
        assert found.user == alice


def test_a_key_expires_at_its_time(alice: User) -> None:
    now = timezone.now()
    _, later = api_keys.issue(user=alice, expires_at=now + timedelta(minutes=1))
    _, over = api_keys.issue(user=alice, expires_at=now)
    assert api_keys.find(later)
    assert api_keys.find(over) is None


def test_a_revoked_key_is_refused_and_revoking_it_again_changes_nothing(alice: User) -> None:
    key, secret = api_keys.issue(user=alice)
    assert api_keys.revoke(key=key)
    assert not api_keys.revoke(key=key)
    assert api_keys.find(secret) is None


def test_the_key_of_an_inactive_user_is_refused(alice: User) -> None:
    _, secret = api_keys.issue(user=alice)
    User.objects.update(is_active=False)
    assert api_keys.find(secret) is None


def test_another_pepper_knows_no_key(alice: User, settings: Settings) -> None:
    _, secret = api_keys.issue(user=alice)
    settings.API_KEY_PEPPER = "another"
    assert api_keys.find(secret) is None


def test_without_a_pepper_no_key_can_be_made(alice: User, settings: Settings) -> None:
    settings.API_KEY_PEPPER = ""
    with pytest.raises(ImproperlyConfigured, match="API_KEY_PEPPER"):
        api_keys.issue(user=alice)


def test_the_last_use_is_written_at_most_once_a_minute(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    key, _ = api_keys.issue(user=alice)
    api_keys.touch(key)
    key.refresh_from_db()
    first = key.last_used_at
    with django_assert_num_queries(0):
        api_keys.touch(key)
    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    api_keys.touch(ApiKey.objects.get())
    assert first
    assert ApiKey.objects.get().last_used_at > first  # type: ignore[operator]


def test_a_use_that_another_process_just_wrote_is_not_written_again(alice: User) -> None:
    key, _ = api_keys.issue(user=alice)
    written = timezone.now() - timedelta(seconds=30)
    ApiKey.objects.update(last_used_at=written)
    api_keys.touch(key)
    assert ApiKey.objects.get().last_used_at == written
