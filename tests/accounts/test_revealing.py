"""What pages mask is shown to staff who may see it, one by one, and each time is recorded."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts import sealed
from accounts.models import AuditEvent, User
from openfinance.models import Consent
from tests.openfinance import rows
from whatsapp.models import Contact, OutgoingMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def helper(client: Client) -> User:
    """Return staff who may look at people, and no more."""
    user = User.objects.create_user("helper@example.com", is_staff=True)
    client.force_login(user)
    permit(user, "view_user")
    return user


def permit(user: User, *names: str) -> None:
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))


def reveal(model: str, row: object, column: str) -> str:
    return reverse(f"admin:{model}_reveal", args=[row.pk, column])  # type: ignore[attr-defined]


def change(model: str, row: object) -> str:
    return reverse(f"admin:{model}_change", args=[row.pk])  # type: ignore[attr-defined]


def seen() -> list[tuple[int | None, str, dict[str, str], str]]:
    events = AuditEvent.objects.filter(act=AuditEvent.Act.PERSONAL_DATA_SEEN).order_by("pk")
    return [(event.user_id, event.target, event.details, event.actor) for event in events]


def test_a_phone_is_shown_in_the_answer_to_a_post_and_recorded(
    client: Client, helper: User, alice: User
) -> None:
    permit(helper, "reveal_personal_data")
    page = client.post(reveal("accounts_user", alice, "phone"))
    assert "+5511987654321" in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert seen() == [
        (alice.pk, f"accounts.user:{alice.pk}", {"column": "phone"}, str(helper.pk)),
    ]


def test_it_takes_the_permission_of_its_own(client: Client, helper: User, alice: User) -> None:
    assert client.post(reveal("accounts_user", alice, "phone")).status_code == 403
    assert "Mostrar" not in client.get(change("accounts_user", alice)).text
    assert seen() == []


def test_it_takes_the_permission_to_see_the_row(client: Client, helper: User, alice: User) -> None:
    permit(helper, "reveal_personal_data")
    contact = Contact.objects.get(phone=alice.phone)
    assert client.post(reveal("whatsapp_contact", contact, "phone")).status_code == 403


def test_nothing_is_shown_to_a_link(client: Client, helper: User, alice: User) -> None:
    permit(helper, "reveal_personal_data")
    assert client.get(reveal("accounts_user", alice, "phone")).status_code == 405
    assert seen() == []


@pytest.mark.parametrize("column", ["password", "email", "nothing"])
def test_no_other_column_is_shown(client: Client, helper: User, alice: User, column: str) -> None:
    permit(helper, "reveal_personal_data")
    assert client.post(reveal("accounts_user", alice, column)).status_code == 404


def test_who_may_only_look_sees_the_mask(client: Client, helper: User, alice: User) -> None:
    page = client.get(change("accounts_user", alice)).text
    assert "+55 11 •••••-4321" in page
    assert not re.search(r"98765|remove_phone", page)


def test_each_thing_known_of_a_contact_and_a_message_is_shown(
    admin_client: Client, alice: User
) -> None:
    contact = Contact.objects.get(phone=alice.phone)
    message = OutgoingMessage.objects.create(user=alice, phone=alice.phone, payload={})
    page = admin_client.get(change("whatsapp_contact", contact)).text
    assert "Mostrar telefone" in page
    assert "Mostrar wa_id" not in page
    assert alice.phone in admin_client.post(reveal("whatsapp_contact", contact, "phone")).text
    assert (
        alice.phone in admin_client.post(reveal("whatsapp_outgoingmessage", message, "phone")).text
    )
    assert [user for user, *_ in seen()] == [alice.pk, alice.pk]


def test_a_cpf_is_shown_and_its_decryption_recorded_too(admin_client: Client, alice: User) -> None:
    consent: Consent = rows.consent(alice, "nubank")
    sealed.seal(consent, "cpf", "76109277673")
    consent.save()
    page = admin_client.get(change("openfinance_consent", consent)).text
    assert "Mostrar cpf" in page
    assert "76109277673" not in page
    assert "76109277673" in admin_client.post(reveal("openfinance_consent", consent, "cpf")).text
    event = AuditEvent.objects.get(act=AuditEvent.Act.DECRYPTED)
    assert (event.user, event.result) == (alice, "staff")


def test_a_number_is_never_in_the_form(admin_client: Client, alice: User) -> None:
    page = admin_client.get(change("accounts_user", alice)).text
    assert "Agora: +55 11 •••••-4321" in page
    assert "987654321" not in page


@pytest.mark.parametrize("term", ["+55 11 98765-4321", "11987654321", "5511987654321"])
def test_a_user_is_found_by_a_whole_number(
    admin_client: Client, alice: User, bruno: User, term: str
) -> None:
    page = admin_client.get(reverse("admin:accounts_user_changelist"), {"q": term})
    assert list(page.context["cl"].queryset) == [alice]


@pytest.mark.parametrize("term", ["4321", "98765", "+5511"])
def test_a_piece_of_a_number_finds_no_user(admin_client: Client, alice: User, term: str) -> None:
    page = admin_client.get(reverse("admin:accounts_user_changelist"), {"q": term})
    assert page.context["cl"].result_count == 0
