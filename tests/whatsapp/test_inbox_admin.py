import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import jobs
from tests.whatsapp import hooks
from whatsapp import inbox, outbox
from whatsapp.admin import graph_errors
from whatsapp.messages import Text
from whatsapp.models import IncomingUpdate, MessageStatus, OutgoingMessage, WebhookEvent
from whatsapp.providers.graph_errors import ERRORS

UPDATES = reverse("admin:whatsapp_incomingupdate_changelist")
EVENTS = reverse("admin:whatsapp_webhookevent_changelist")


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    return client


@pytest.fixture
def given_up(db: None) -> IncomingUpdate:
    inbox.store(hooks.body(hooks.messages(messages=[hooks.text("Meu CPF é 12345678909")])))
    inbox.split()
    IncomingUpdate.objects.update(
        attempts=10, next_attempt_at=None, error="KeyError at whatsapp/chat.py:7 in answer"
    )
    return IncomingUpdate.objects.get()


def test_an_update_that_failed_is_shown_with_its_error_and_nobody_is_named(
    staff: Client, given_up: IncomingUpdate
) -> None:
    page = reverse("admin:whatsapp_incomingupdate_change", args=[given_up.pk])
    for text in (staff.get(UPDATES).text, staff.get(page).text):
        assert "KeyError at whatsapp/chat.py:7 in answer" in text
        assert "Falhou e espera a equipe" in text
        assert "98765" not in text
        assert "Meu CPF" not in text


@pytest.mark.parametrize(
    ("situation", "facts", "count"),
    [
        ("given_up", {}, 1),
        ("failing", {}, 0),
        ("waiting", {}, 0),
        ("processed", {}, 0),
        ("failing", {"next_attempt_at": "2026-01-01T00:00Z"}, 1),
        ("waiting", {"next_attempt_at": "2026-01-01T00:00Z", "attempts": 0}, 1),
        ("processed", {"processed_at": "2026-01-01T00:00Z"}, 1),
    ],
)
def test_updates_are_found_by_their_situation(
    staff: Client, given_up: IncomingUpdate, situation: str, facts: dict[str, object], count: int
) -> None:
    IncomingUpdate.objects.update(**facts)
    found = staff.get(UPDATES, {"situation": situation}).context["cl"].result_count
    assert found == count


def test_staff_replay_what_was_given_up(staff: Client, given_up: IncomingUpdate) -> None:
    staff.post(UPDATES, {"action": "replay", "_selected_action": [given_up.pk]})
    given_up.refresh_from_db()
    assert (given_up.attempts, given_up.error) == (0, "")
    assert jobs.waiting()[-1][0] == "whatsapp.tasks.take_in"
    assert IncomingUpdate.objects.due().get() == given_up


def test_what_was_processed_is_not_replayed(staff: Client, given_up: IncomingUpdate) -> None:
    IncomingUpdate.objects.update(processed_at="2026-01-01T00:00Z")
    staff.post(UPDATES, {"action": "replay", "_selected_action": [given_up.pk]})
    assert not IncomingUpdate.objects.due().exists()


def test_whoever_may_only_look_cannot_replay(client: Client, given_up: IncomingUpdate) -> None:
    user = User.objects.create_user("looks@example.com", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_incomingupdate"))
    client.force_login(user)
    client.post(UPDATES, {"action": "replay", "_selected_action": [given_up.pk]})
    assert not IncomingUpdate.objects.due().exists()
    assert client.get(UPDATES).status_code == 200


def test_a_webhook_that_was_not_read_is_shown_and_can_be_read_again(staff: Client) -> None:
    event = inbox.store(b"junk")
    inbox.split()
    assert "not JSON in UTF-8" in staff.get(EVENTS).text
    staff.post(EVENTS, {"action": "split_again", "_selected_action": [event.pk]})
    event.refresh_from_db()
    assert (event.split_at, event.error) == (None, "")


def test_a_webhooks_page_leads_to_its_updates(staff: Client, given_up: IncomingUpdate) -> None:
    event = WebhookEvent.objects.get()
    page = staff.get(reverse("admin:whatsapp_webhookevent_change", args=[event.pk])).text
    address = f"{UPDATES}?event__id__exact={event.pk}"
    assert address in page
    assert staff.get(address).context["cl"].result_count == 1


@pytest.mark.parametrize("url", [UPDATES, EVENTS])
def test_what_meta_told_is_not_edited(staff: Client, url: str, given_up: IncomingUpdate) -> None:
    assert staff.get(f"{url}add/").status_code == 403
    assert staff.post(f"{url}1/delete/").status_code in {302, 403}
    assert IncomingUpdate.objects.count() == WebhookEvent.objects.count() == 1


def test_a_messages_page_tells_its_history_and_the_reason_in_portuguese(
    staff: Client, alice: User
) -> None:
    outgoing = outbox.intend(user=alice, message=Text(body="Oi!"))
    OutgoingMessage.objects.update(status="accepted")
    inbox.store(
        hooks.statuses(
            hooks.status("sent", of=outgoing.pk, at=1750030080),
            hooks.status("warned", of=outgoing.pk, at=1750030081),
            hooks.failed(131049, of=outgoing.pk, at=1750030082),
        )
    )
    inbox.take_in()
    page = staff.get(reverse("admin:whatsapp_outgoingmessage_change", args=[outgoing.pk])).text
    assert MessageStatus.objects.count() == 3
    for words in ("Enviada", "warned", "Não entregue", graph_errors.explain(131049)):
        assert words in page


def test_the_list_of_messages_says_why_one_did_not_arrive(staff: Client, alice: User) -> None:
    outbox.intend(user=alice, message=Text(body="Oi!"))
    OutgoingMessage.objects.update(error_code=131047)
    page = staff.get(reverse("admin:whatsapp_outgoingmessage_changelist")).text
    assert "A pessoa não escreve há mais de 24 horas" in page


@pytest.mark.parametrize("code", ERRORS)
def test_each_code_that_we_know_has_a_sentence(code: int) -> None:
    assert graph_errors.explain(code).endswith(".")
    assert graph_errors.explain(code) != graph_errors.explain(999_999)


def test_any_other_code_has_one_too() -> None:
    assert graph_errors.explain(None) == ""
    assert "permissão" in graph_errors.explain(299)
    assert "ainda não conhecemos" in graph_errors.explain(999_999)
