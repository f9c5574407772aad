"""A person's trail in the admin: what it says, to whom, and that looking at it is said too."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import audit, origins
from accounts.admin.acts import Did
from accounts.models import AuditEvent, User
from accounts.origins import ActorKind, Origin

pytestmark = pytest.mark.django_db

Act = audit.Act


@pytest.fixture
def boss(client: Client) -> User:
    user = User.objects.create_superuser("staff@example.com", "x")
    client.force_login(user)
    return user


def trail(user: User) -> str:
    return reverse("admin:accounts_user_trail", args=[user.pk])


def record(user: User, count: int = 1, *, by: User | None = None, **origin: str) -> None:
    kind = ActorKind.STAFF if by else ActorKind.USER
    with origins.acting(Origin(kind=kind, actor=str((by or user).pk), **origin)):
        for _ in range(count):
            audit.record(user=user, act=Act.CONSENT_AGREED, target=user, result="done", bank="7")


def test_it_tells_who_did_what_on_what_and_how_it_ended(
    client: Client, boss: User, alice: User
) -> None:
    record(alice, channel="page", address="192.0.2.1", request_id="r-77")
    text = " ".join(client.get(trail(alice)).text.split())
    told = "<strong>A própria pessoa</strong> confirmou o consentimento pela página."
    assert told in text
    assert "Resultado: done · bank: 7 · Chamada r-77" in text


def test_it_leads_to_what_was_touched_and_to_who_did_it(
    client: Client, boss: User, alice: User
) -> None:
    record(alice, by=boss)
    text = client.get(trail(alice)).text
    for user in (alice, boss):
        assert f'href="{reverse("admin:accounts_user_change", args=[user.pk])}"' in text
    assert f"Equipe {boss.pk}" in text


def test_it_shows_no_address_and_no_browser(client: Client, boss: User, alice: User) -> None:
    record(alice, address="192.0.2.1", user_agent="Mozilla/5.0 (Secret)")
    assert "192.0.2.1" not in (text := client.get(trail(alice)).text)
    assert "Secret" not in text
    detail = reverse(
        "admin:accounts_auditevent_change", args=[alice.audit_events.get(act=Act.CONSENT_AGREED).pk]
    )
    assert "192.0.2.1" in client.get(detail).text


def test_each_look_is_in_the_trail_itself(client: Client, boss: User, alice: User) -> None:
    client.get(trail(alice))
    event = AuditEvent.objects.get(act=Act.TRAIL_READ)
    assert (event.user, event.actor_kind, event.actor) == (alice, "staff", str(boss.pk))
    client.get(reverse("admin:accounts_auditevent_change", args=[event.pk]))
    assert AuditEvent.objects.filter(act=Act.TRAIL_READ, user=alice).count() == 2


def test_older_events_are_on_further_pages(client: Client, boss: User, alice: User) -> None:
    record(alice, 60)
    first = client.get(trail(alice))
    assert first.context["older"] == 11
    second = client.get(trail(alice), {"before": "11"})
    numbers = [told.event.sequence for _, day in second.context["days"] for told in day]
    assert numbers == list(range(10, 0, -1))


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "²"])
def test_a_page_that_is_no_number_is_the_first(
    client: Client, boss: User, alice: User, before: str
) -> None:
    record(alice)
    assert len(client.get(trail(alice), {"before": before}).context["days"]) == 1


def test_a_page_costs_the_same_however_long_the_trail(
    client: Client, boss: User, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    record(alice, 55)
    # The browser's session and the one of staff, the user, whose it is, the events, and two that
    # record the look itself.
    with django_assert_num_queries(7):
        client.get(trail(alice))


def test_nobodys_trail_is_missing(client: Client, boss: User) -> None:
    answer = client.get(reverse("admin:accounts_user_trail", args=[999_999]))
    assert answer.status_code == 404


@pytest.mark.parametrize(("may", "status"), [("view_auditevent", 200), ("view_user", 403)])
def test_it_needs_the_permission_to_read_the_audit(
    client: Client, alice: User, may: str, status: int
) -> None:
    staff = User.objects.create_user("helper@example.com", "x", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename=may))
    client.force_login(staff)
    assert client.get(trail(alice)).status_code == status
    assert AuditEvent.objects.exists() is (status == 200)


def test_a_user_page_leads_there(client: Client, boss: User, alice: User) -> None:
    page = client.get(reverse("admin:accounts_user_change", args=[alice.pk])).text
    assert f'href="{trail(alice)}"' in page


def test_each_act_is_told_in_words() -> None:
    assert set(Did.values) == set(Act.values)
