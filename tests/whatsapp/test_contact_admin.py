from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse, reverse_lazy

from accounts.models import User
from tests.whatsapp.people import NOW, ago, text
from whatsapp import contacts
from whatsapp.models import Contact, ContactFact

LIST = reverse_lazy("admin:whatsapp_contact_changelist")


@pytest.fixture
def staff(alice: User, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    return client


@pytest.fixture
def contact(alice: User) -> Contact:
    return contacts.heard(text("551187654321", "BR.13491208655302741918", NOW))


def chosen(contact: Contact, reason: str) -> dict[str, object]:
    return {"action": "opt_out", "_selected_action": [contact.pk], "reason": reason}


def test_neither_page_shows_a_number_or_an_id_in_the_clear(staff: Client, contact: Contact) -> None:
    pages = [
        staff.get(LIST).text,
        staff.get(reverse("admin:whatsapp_contact_change", args=[contact.pk])).text,
    ]
    for page in pages:
        assert "+55 11 •••••-4321" in page
        assert "BR.•••••1918" in page
        assert not any(clear in page for clear in ("8765", "987654321", "1349120865"))


@pytest.mark.parametrize(
    "term",
    [
        "+5511987654321",
        "(11) 98765-4321",
        "11 8765-4321",
        "551187654321",
        " 5511987654321 ",
        "BR.13491208655302741918",
    ],
)
def test_a_person_is_found_by_any_form_of_their_whole_number(
    staff: Client, contact: Contact, term: str
) -> None:
    Contact.objects.create(phone="+5511987654320")
    assert staff.get(LIST, {"q": term}).context["cl"].result_count == 1


@pytest.mark.parametrize("term", ["4321", "98765", "BR.", "BR.1349", "+", "nobody"])
def test_a_piece_of_a_number_finds_nobody(staff: Client, contact: Contact, term: str) -> None:
    assert staff.get(LIST, {"q": term}).context["cl"].result_count == 0


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"window": "open"}, 1),
        ({"window": "closed"}, 2),
        ({"opted_out_at__isempty": "0"}, 1),
        ({"marketing_stopped_at__isempty": "0"}, 1),
        ({"q": ""}, 3),
    ],
)
def test_the_list_is_narrowed_by_what_people_wish(
    staff: Client, contact: Contact, query: dict[str, str], count: int
) -> None:
    Contact.objects.create(user_id="BR.2", opted_out_at=NOW)
    Contact.objects.create(user_id="BR.3", marketing_stopped_at=NOW, window_ends_at=ago(hours=1))
    assert staff.get(LIST, query).context["cl"].result_count == count


def test_staff_opt_a_person_out_and_say_why(staff: Client, contact: Contact) -> None:
    staff.post(LIST, chosen(contact, "Pediu por e-mail"))
    contact.refresh_from_db()
    assert contact.opted_out_at
    fact = ContactFact.objects.get(kind="opted_out")
    assert (fact.details["channel"], fact.details["reason"]) == ("admin", "Pediu por e-mail")
    assert "Pediu por e-mail" in LogEntry.objects.get().change_message


@pytest.mark.parametrize("reason", ["", "  "])
def test_nobody_is_opted_out_without_a_reason(staff: Client, contact: Contact, reason: str) -> None:
    page = staff.post(LIST, chosen(contact, reason), follow=True)
    assert "Diga o motivo" in page.text
    assert not Contact.objects.filter(opted_out_at__isnull=False).exists()


def test_who_may_only_look_opts_nobody_out(client: Client, contact: Contact) -> None:
    reader = User.objects.create_user("reader@example.com", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_contact"))
    client.force_login(reader)
    assert "opt_out" not in client.get(LIST).text
    client.post(LIST, chosen(contact, "x"))
    assert not Contact.objects.filter(opted_out_at__isnull=False).exists()


def test_a_contact_is_not_edited_here(staff: Client, contact: Contact) -> None:
    page = reverse("admin:whatsapp_contact_change", args=[contact.pk])
    assert staff.get(reverse("admin:whatsapp_contact_add")).status_code == 403
    assert staff.post(page, {"phone": "+5511900000000"}).status_code == 403


def test_the_proof_of_an_opt_in_can_be_read(staff: Client, contact: Contact) -> None:
    contacts.opt_in(contact, at=NOW - timedelta(hours=1), proof={"text": "voltar"})
    page = staff.get(reverse("admin:whatsapp_contact_change", args=[contact.pk])).text
    assert "voltar" in page
