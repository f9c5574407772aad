import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import api_keys
from accounts.api_keys import Overlap
from accounts.models import ApiKey, User

pytestmark = pytest.mark.django_db

LIST = "admin:accounts_apikey_changelist"


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    return client


def roll(key: ApiKey) -> str:
    return reverse("admin:accounts_apikey_roll", args=[key.pk])


def change(key: ApiKey) -> str:
    return reverse("admin:accounts_apikey_change", args=[key.pk])


def test_a_rolled_key_is_shown_in_that_answer_and_never_again(staff: Client, alice: User) -> None:
    old, old_secret = api_keys.issue(user=alice)
    page = staff.post(roll(old), {"overlap": "day"})
    shown = re.search(r"sk-\w{38}", page.text)
    assert shown
    new = api_keys.find(shown[0])
    assert new
    assert new.replaces == old
    for again in (roll(old), change(old), change(new), reverse(LIST)):
        assert shown[0] not in staff.get(again).text
    kept = f"{staff.session.items()}{staff.cookies.output()}{LogEntry.objects.values()}"
    assert shown[0] not in kept
    assert old_secret not in page.text


def test_every_overlap_is_offered_and_none_is_chosen_for_staff(staff: Client, alice: User) -> None:
    key, _ = api_keys.issue(user=alice)
    page = staff.get(roll(key))
    assert all(str(label) in page.text for label in Overlap.labels)
    assert "checked" not in page.text
    assert "sk-" not in staff.post(roll(key), {}).text.replace(str(key), "")
    assert ApiKey.objects.count() == 1


def test_sending_the_form_again_makes_no_second_key(staff: Client, alice: User) -> None:
    key, _ = api_keys.issue(user=alice)
    for _ in range(2):
        page = staff.post(roll(key), {"overlap": "week"})
    assert "já foi trocada" in page.text
    assert ApiKey.objects.count() == 2


def test_only_a_key_that_can_be_rolled_leads_to_the_page(staff: Client, alice: User) -> None:
    key, _ = api_keys.issue(user=alice)
    assert roll(key) in staff.get(change(key)).text
    api_keys.revoke(key=key)
    assert roll(key) not in staff.get(change(key)).text


def test_only_staff_who_may_change_keys_roll_them(client: Client, alice: User) -> None:
    helper = User.objects.create_user("helper@example.com", is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    client.force_login(helper)
    key, _ = api_keys.issue(user=alice)
    assert client.post(roll(key), {"overlap": "none"}).status_code == 403
    assert roll(key) not in client.get(change(key)).text


def test_a_key_that_does_not_exist_is_not_rolled(staff: Client) -> None:
    url = reverse("admin:accounts_apikey_roll", args=[404])
    assert staff.post(url, {"overlap": "none"}).status_code == 404


def test_keys_are_listed_with_their_state_and_found_by_it(staff: Client, alice: User) -> None:
    soon = timezone.now() + timedelta(days=3)
    keys = {
        "active": api_keys.issue(user=alice)[0],
        "expiring": api_keys.issue(user=alice, expires_at=soon)[0],
        "overlapping": api_keys.issue(user=alice)[0],
        "revoked": api_keys.issue(user=alice)[0],
    }
    new, _ = api_keys.roll(key=keys["overlapping"], overlap=Overlap.FIRST_USE)
    api_keys.revoke(key=keys["revoked"])
    api_keys.revoke(key=new)
    page = staff.get(reverse(LIST)).text
    assert "Trocada, ainda vale" in page
    assert str(Overlap.FIRST_USE.label) in page
    for state, key in keys.items():
        found = staff.get(reverse(LIST), {"state": state}).text
        assert str(key) in found
        assert not [other for other in keys.values() if other != key and str(other) in found]


def test_a_key_that_would_be_over_already_is_not_made(staff: Client, alice: User) -> None:
    url = reverse("admin:accounts_user_new_key", args=[alice.pk])
    page = staff.post(url, {"expires_at_0": "01/02/2020", "expires_at_1": "12:00"})
    assert "ainda não passou" in page.text
    assert not ApiKey.objects.exists()


def test_a_test_key_is_made_and_found_as_one(staff: Client, alice: User) -> None:
    url = reverse("admin:accounts_user_new_key", args=[alice.pk])
    staff.post(url, {"name": "ensaio", "is_test": "on"})
    live, _ = api_keys.issue(user=alice)
    page = staff.get(reverse(LIST), {"is_test__exact": "1"}).text
    assert ApiKey.objects.get(name="ensaio").is_test
    assert ("ensaio" in page, str(live) in page) == (True, False)
