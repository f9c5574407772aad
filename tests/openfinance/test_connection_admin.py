"""What staff see of connections, and what they can do for their people."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import sealed
from accounts.models import AuditEvent, User
from openfinance.admin import outcomes
from openfinance.models import Access, Attempt, Connection, Consent, ConsentEvent, Notice
from openfinance.providers import Reason
from tests import jobs
from tests.openfinance import rows

pytestmark = pytest.mark.django_db
LIST = "admin:openfinance_connection_changelist"


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    return client


def page(staff: Client, row: Any) -> str:
    name = f"admin:openfinance_{row._meta.model_name}_change"
    answer = staff.get(reverse(name, args=[row.pk]))
    assert answer.status_code == 200
    return answer.text


def act(staff: Client, action: str, *chosen: Connection, reason: str = "Pediu por telefone") -> str:
    posted = {"action": action, "_selected_action": [row.pk for row in chosen], "reason": reason}
    return staff.post(reverse(LIST), posted, follow=True).text


def test_the_list_says_how_each_connection_is(staff: Client, alice: User, bruno: User) -> None:
    now = timezone.now()
    rows.consent(alice, expires_at=None)
    rows.consent(bruno, revocation_requested_at=now, expires_at=now + timedelta(days=9))
    text = staff.get(reverse(LIST)).text
    assert all(word in text for word in ("Ativo", "Indeterminado", "Encerrando", "Nubank"))


@pytest.mark.parametrize(("standing", "shown"), [("active", "alice"), ("ending", "bruno")])
def test_the_list_is_filtered_by_how_they_are(
    staff: Client, alice: User, bruno: User, standing: str, shown: str
) -> None:
    rows.consent(alice)
    rows.consent(bruno, revocation_requested_at=timezone.now())
    text = staff.get(reverse(LIST), {"standing": standing}).text
    assert [name for name in ("alice", "bruno") if f"{name}@" in text] == [shown]


def test_a_connection_shows_every_consent_with_its_steps(staff: Client, alice: User) -> None:
    now = timezone.now()
    old = rows.consent(alice, status="ended", reason="REPLACED", ended_at=now)
    rows.consent(alice)
    ConsentEvent.objects.create(consent=old, status="ended", reason="REPLACED")
    text = page(staff, old.connection)
    assert all(word in text for word in ("Renovado", "Ativo", "Substituído por uma renovação"))


def test_a_consent_is_shown_as_evidence_without_its_cpf(staff: Client, alice: User) -> None:
    consent = rows.consent(
        alice, address="203.0.113.7", user_agent="Mozilla/5.0 (iPhone)", cpf_index="b" * 64
    )
    sealed.seal(consent, "cpf", "76109277673")
    consent.save()
    text = page(staff, consent)
    assert all(
        word in text
        for word in ("203.0.113.7", "iPhone", "Saldos da conta", "ACCOUNTS_BALANCES_READ", "a" * 64)
    )
    assert "informado" in text
    assert not [secret for secret in ("76109277673", "b" * 64) if secret in text]


def test_the_text_that_was_shown_is_one_click_away(staff: Client, alice: User) -> None:
    consent = rows.consent(alice)
    link = reverse("admin:openfinance_consenttext_change", args=[consent.text_id])
    assert f'href="{link}"' in page(staff, consent)
    assert "Você concorda?" in staff.get(link).text


def test_a_consent_shows_the_trips_and_what_could_not_be_told(staff: Client, alice: User) -> None:
    consent, now = rows.consent(alice), timezone.now()
    Attempt.objects.create(
        consent=consent, state_digest="c" * 64, expires_at=now, outcome="wrong_nonce"
    )
    notice = Notice.objects.create(consent=consent, kind="ended", obstacle="opted_out")
    text = page(staff, consent)
    assert "Volta recusada: nonce" in text
    assert "c" * 64 not in text
    assert "Pediu para não receber mensagens" in page(staff, notice)


def test_every_outcome_of_a_trip_has_words() -> None:
    assert set(outcomes.WORDS) == set(Reason)


@pytest.mark.parametrize("model", ["connection", "consent", "attempt", "notice"])
def test_lists_are_searched_by_whose_it_is(staff: Client, alice: User, model: str) -> None:
    consent = rows.consent(alice)
    Attempt.objects.create(consent=consent, state_digest="c", expires_at=timezone.now())
    Notice.objects.create(consent=consent, kind="connected")
    address = reverse(f"admin:openfinance_{model}_changelist")
    assert "1 " in staff.get(address, {"q": "alice@example.com"}).text
    found = [staff.get(address, {"q": q}).context["cl"].result_count for q in ("alice", "nobody")]
    assert found == [1, 0]


def test_staff_end_a_connection_with_a_reason(staff: Client, alice: User) -> None:
    consent = rows.consent(alice)
    Access.objects.create(consent=consent, access_token=b"x", access_expires_at=timezone.now())
    assert "Conexões encerradas: 1." in act(staff, "end", consent.connection)
    consent.refresh_from_db()
    assert (consent.revocation_requested_at is not None, Access.objects.count()) == (True, 0)
    assert "Pediu por telefone" in LogEntry.objects.get().change_message


def test_the_audit_knows_who_of_the_staff_ended_it(staff: Client, alice: User) -> None:
    act(staff, "end", rows.consent(alice).connection)
    event = AuditEvent.objects.get(act="revocation_requested")
    boss = User.objects.get(email="staff@example.com")
    assert (event.actor_kind, event.actor, event.channel) == ("staff", str(boss.pk), "admin")


def test_looking_at_what_is_a_persons_leaves_an_audit_event(staff: Client, alice: User) -> None:
    consent = rows.consent(alice)
    page(staff, consent.connection)
    page(staff, consent)
    events = AuditEvent.objects.filter(act="connections_read", user=alice, actor_kind="staff")
    assert {event.target for event in events} == {
        f"openfinance.connection:{consent.connection_id}",
        f"openfinance.consent:{consent.pk}",
    }


def test_without_a_reason_nothing_ends(staff: Client, alice: User) -> None:
    consent = rows.consent(alice)
    assert "Diga o motivo" in act(staff, "end", consent.connection, reason=" ")
    assert not Consent.objects.filter(revocation_requested_at__isnull=False).exists()


def test_staff_who_may_only_look_end_nothing(client: Client, alice: User) -> None:
    helper = User.objects.create_user("helper@example.com", is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_connection"))
    client.force_login(helper)
    consent = rows.consent(alice)
    assert "Encerrar conexão" not in client.get(reverse(LIST)).text
    act(client, "end", consent.connection)
    assert not Consent.objects.filter(revocation_requested_at__isnull=False).exists()


def test_staff_have_the_bank_asked_now(staff: Client, alice: User, bruno: User) -> None:
    consent = rows.consent(alice)
    going = rows.consent(bruno, status="awaiting", authorised_at=None)
    later = timezone.now() + timedelta(minutes=5)
    Attempt.objects.create(consent=going, state_digest="d", expires_at=later)
    text = act(staff, "check_now", consent.connection, going.connection)
    assert "Consentimentos a conferir: 1." in text
    assert jobs.waiting() == [("openfinance.tasks.look", {"consent_id": str(consent.pk)})]
