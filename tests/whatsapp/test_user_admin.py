"""Staff send the code that proves a phone; only its person can type it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, PhoneVerification, User
from tests.accounts.test_admin import user_form
from tests.whatsapp import codes
from whatsapp import outbox, owners
from whatsapp.messages import Text

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    return client


def send_page(user: User) -> str:
    return reverse("admin:accounts_user_send_code", args=[user.pk])


def change(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def acts(user: User) -> list[tuple[str, str]]:
    events = AuditEvent.objects.filter(user=user).order_by("pk")
    return list(events.values_list("act", "result"))


def test_the_page_shows_the_phone_masked_and_sends_nothing_by_itself(
    staff: Client, alice: User
) -> None:
    page = staff.get(send_page(alice))
    assert "+55 11 •••••-4321" in page.text
    assert not PhoneVerification.objects.exists()


def test_a_code_goes_out_and_stands_on_no_page(staff: Client, alice: User) -> None:
    codes.approve()
    page = staff.post(send_page(alice), follow=True)
    attempt = PhoneVerification.objects.get(user=alice)
    assert "Código enviado" in page.text
    assert codes.read(attempt) not in page.text
    event = AuditEvent.objects.get(user=alice)
    assert (event.act, event.actor_kind) == ("phone_code_sent", "staff")


def test_why_no_code_went_out_is_said(staff: Client, alice: User, settings: Any) -> None:
    assert "sem aprovação" in staff.post(send_page(alice), follow=True).text
    codes.approve()
    settings.PHONE_CODE_CAP_PER_HOUR = 1
    staff.post(send_page(alice))
    assert "Limite de códigos" in staff.post(send_page(alice), follow=True).text
    User.objects.filter(pk=alice.pk).update(phone="+551130710000", phone_verified_at=None)
    assert "telefone fixo" in staff.post(send_page(alice), follow=True).text


def test_without_a_phone_there_is_nothing_to_send(staff: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(phone="", phone_verified_at=None)
    page = staff.get(send_page(alice))
    assert "não tem telefone" in page.text
    assert 'type="submit"' not in page.text.split('id="content-main"')[1]


def test_who_may_not_change_users_sends_no_code(client: Client, alice: User) -> None:
    client.force_login(User.objects.create_user("looker@example.com", "x", is_staff=True))
    assert client.post(send_page(alice)).status_code == 403
    assert not PhoneVerification.objects.exists()


def test_a_changed_phone_ends_the_verification_and_what_is_on_its_way(
    staff: Client, alice: User
) -> None:
    queued = outbox.queue(to=alice.phone, user=alice, message=Text(body="Oi!"))
    staff.post(change(alice), user_form(alice, phone="(21) 99876-5432"))
    queued.refresh_from_db()
    assert (queued.status, queued.error_details) == ("failed", owners.LOST)
    assert acts(alice) == [("phone_lost", "changed"), ("phone_changed", "")]


def test_another_email_is_in_the_trail_and_stands_nowhere_in_it(staff: Client, alice: User) -> None:
    staff.post(change(alice), user_form(alice, email="other@example.com"))
    event = AuditEvent.objects.get(user=alice)
    assert (event.act, event.actor_kind) == ("email_changed", "staff")
    assert "other" not in f"{event.target} {event.result} {event.details}"


def test_staff_cannot_verify_a_phone_by_typing_a_date(staff: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(phone_verified_at=None)
    typed = {"phone_verified_at_0": "01/11/2026", "phone_verified_at_1": "10:00:00"}
    assert staff.post(change(alice), user_form(alice, **typed)).status_code == 302
    alice.refresh_from_db()
    assert alice.phone_verified_at is None


def test_a_page_that_was_opened_before_the_proof_does_not_undo_it(
    staff: Client, alice: User
) -> None:
    form = user_form(alice, name="Alice Souza")
    proved_at = timezone.now()
    User.objects.filter(pk=alice.pk).update(phone_verified_at=proved_at)
    assert staff.post(change(alice), form).status_code == 302
    alice.refresh_from_db()
    assert (alice.name, alice.phone_verified_at) == ("Alice Souza", proved_at)
    assert acts(alice) == []
