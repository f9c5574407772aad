import pytest
import responses
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from openfinance import catalogue, flows
from openfinance.models import Flow
from tests.whatsapp import graph as graph_answers
from whatsapp.models import OutgoingMessage

pytestmark = pytest.mark.usefixtures("live_db")

USERS = "admin:accounts_user_changelist"


@pytest.fixture
def staff(live_db: None, client: Client) -> Client:
    catalogue.sync()
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    return client


def start_for(staff: Client, *users: User) -> str:
    chosen = {"action": "start_flow", "_selected_action": [user.pk for user in users]}
    return staff.post(reverse(USERS), chosen, follow=True).text


def test_staff_start_the_flow_for_the_users_they_choose(
    staff: Client, alice: User, bruno: User, davi: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    page = start_for(staff, alice, bruno, davi)
    assert "2 × Aceita pelo WhatsApp" in page
    assert "1 × Sem assinatura ativa" in page
    assert {flow.channel for flow in Flow.objects.all()} == {"admin"}


def test_staff_are_held_by_the_anti_spam_rule_too(
    staff: Client, alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    start_for(staff, alice)
    start_for(staff, alice)
    assert len(graph_answers.sent(graph)) == 1


def test_more_than_twenty_at_once_are_refused(staff: Client, graph: responses.RequestsMock) -> None:
    users = [User.objects.create_user(f"user{number}@example.com") for number in range(21)]
    assert "Escolha no máximo 20" in start_for(staff, *users)
    assert not graph.calls


@pytest.fixture
def flow(staff: Client, alice: User, graph: responses.RequestsMock) -> Flow:
    graph_answers.accepts(graph)
    return flows.start(user=alice, channel=Flow.Channel.API)


@pytest.mark.parametrize("name", ["openfinance_flow", "whatsapp_outgoingmessage"])
def test_flows_and_messages_are_listed_with_the_phone_masked(
    staff: Client, flow: Flow, name: str
) -> None:
    page = staff.get(reverse(f"admin:{name}_changelist"))
    assert "+55 11 •••••-4321" in page.text
    assert "987654321" not in page.text


@pytest.mark.parametrize("text", ["alice@example.com", "Alice", "wamid.test1"])
def test_a_flow_is_found_by_its_user_or_its_message(staff: Client, flow: Flow, text: str) -> None:
    page = staff.get(reverse("admin:openfinance_flow_changelist"), {"q": text})
    assert "1 fluxo" in page.text


def test_flows_are_filtered_by_how_they_ended(staff: Client, flow: Flow) -> None:
    url = reverse("admin:openfinance_flow_changelist")
    for status, count in (("accepted", "1 fluxo"), ("unknown", "0 fluxos")):
        assert count in staff.get(url, {"message__status__exact": status}).text


def test_a_flow_leads_to_its_message_with_what_was_said(staff: Client, flow: Flow) -> None:
    page = staff.get(reverse("admin:openfinance_flow_change", args=[flow.pk]))
    link = reverse("admin:whatsapp_outgoingmessage_change", args=[flow.message_id])
    assert link in page.text
    assert "Ver bancos" in staff.get(link).text


@pytest.mark.parametrize("view", ["change", "delete"])
def test_neither_can_be_changed_or_deleted(staff: Client, flow: Flow, view: str) -> None:
    for name, pk in (("openfinance_flow", flow.pk), ("whatsapp_outgoingmessage", flow.message_id)):
        url = reverse(f"admin:{name}_{view}", args=[pk])
        assert staff.post(url, {"post": "yes"}).status_code == 403
    assert OutgoingMessage.objects.get().status == "accepted"


def resend(staff: Client, *flows_chosen: Flow) -> str:
    chosen = {"action": "resend", "_selected_action": [flow.pk for flow in flows_chosen]}
    return staff.post(reverse("admin:openfinance_flow_changelist"), chosen, follow=True).text


def test_staff_send_again_what_was_never_confirmed_and_are_named(
    staff: Client, flow: Flow, graph: responses.RequestsMock
) -> None:
    OutgoingMessage.objects.update(status="unconfirmed")
    assert "1 × Aceita pelo WhatsApp" in resend(staff, flow)
    again = Flow.objects.exclude(pk=flow.pk).get()
    assert (again.forced_by, again.channel) == ("staff@example.com", "admin")


def test_a_second_click_sends_nothing(
    staff: Client, flow: Flow, graph: responses.RequestsMock
) -> None:
    OutgoingMessage.objects.update(status="unconfirmed")
    resend(staff, flow)
    assert "Só o último fluxo" in resend(staff, flow)
    assert len(graph_answers.sent(graph)) == 2


@pytest.mark.parametrize("status", ["accepted", "unknown", "queued", "failed"])
def test_what_is_not_yet_for_staff_to_decide_is_not_sent_again(
    staff: Client, flow: Flow, graph: responses.RequestsMock, status: str
) -> None:
    OutgoingMessage.objects.update(status=status)
    assert "Só o último fluxo" in resend(staff, flow)
    assert Flow.objects.count() == 1


def test_sending_again_needs_a_permission(
    client: Client, flow: Flow, graph: responses.RequestsMock
) -> None:
    OutgoingMessage.objects.update(status="unconfirmed")
    reader = User.objects.create_user("reader@example.com", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_flow"))
    client.force_login(reader)
    resend(client, flow)
    assert Flow.objects.count() == 1
