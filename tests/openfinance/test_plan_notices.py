"""Whose connections fell outside their plan is told so, once, and nothing is cut."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import subscriptions
from accounts.models import Plan, User
from openfinance import plan_notices, tasks
from openfinance.models import Consent, PlanNotice
from tests.openfinance import rows
from tests.openfinance.cold import close_window
from whatsapp import signals
from whatsapp.models import Contact, MessageTemplate, OutgoingMessage
from whatsapp.providers import NextStep


def put_on(user: User, slug: str) -> None:
    subscriptions.change_plan(
        subscription=user.subscriptions.get(), plan=Plan.objects.get(slug=slug)
    )


def words(user: User) -> list[str]:
    """Return what the user was told, oldest first."""
    told = OutgoingMessage.objects.filter(plan_notice__user=user).order_by("created_at")
    return [str(message.payload["text"]["body"]) for message in told]


def refuse() -> OutgoingMessage:
    """Let WhatsApp take the one notice only as a template."""
    refused = OutgoingMessage.objects.get()
    refused.status, refused.next_step = OutgoingMessage.Status.FAILED, NextStep.USE_TEMPLATE
    refused.save()
    signals.message_refused.send(sender=OutgoingMessage, message=refused)
    return refused


@pytest.fixture
def connected(alice: User) -> User:
    rows.consent(alice, "nubank")
    rows.consent(alice, "itau")
    return alice


def test_who_is_within_the_plan_is_told_nothing(connected: User) -> None:
    assert plan_notices.look() == 0
    assert not PlanNotice.objects.exists()


def test_after_a_downgrade_the_person_is_told_and_nothing_is_cut(connected: User) -> None:
    put_on(connected, "pro")
    assert plan_notices.look() == 1
    (told,) = words(connected)
    assert told.startswith("Seu plano agora é o *Pro*, que não inclui a conexão com bancos.")
    assert "Nada foi encerrado" in told
    assert Consent.objects.authorised().count() == 2


def test_it_is_told_once(connected: User) -> None:
    put_on(connected, "pro")
    assert (plan_notices.look(), plan_notices.look()) == (1, 0)
    assert len(words(connected)) == 1


def test_it_is_told_anew_when_it_happens_anew(connected: User) -> None:
    put_on(connected, "pro")
    plan_notices.look()
    put_on(connected, "premium")
    assert plan_notices.look() == 0
    assert PlanNotice.objects.get().over_at
    put_on(connected, "basic")
    assert plan_notices.look() == 1
    assert len(words(connected)) == 2


def test_an_edit_of_the_limit_is_told_to_who_is_above_it(connected: User) -> None:
    Plan.objects.filter(slug="premium").update(max_connections=2)
    assert plan_notices.look() == 0
    Plan.objects.filter(slug="premium").update(max_connections=1)
    plan_notices.look()
    (told,) = words(connected)
    assert told.startswith("Seu plano agora inclui 1 conexão com bancos, e você tem 2.")


def test_an_edit_of_the_route_is_told_to_all_whom_it_leaves_out(
    connected: User, clara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_notices, "_BATCH", 1)
    rows.consent(clara, "inter")
    put_on(clara, "premium")
    Plan.objects.filter(slug="premium").update(connection_route="notice")
    assert plan_notices.look() == 2
    assert len(words(connected)) == len(words(clara)) == 1


def test_the_end_of_the_subscription_is_told_too(connected: User) -> None:
    subscription = connected.subscriptions.get()
    subscriptions.cancel(subscription=subscription, at_period_end=False)
    plan_notices.look()
    assert words(connected)[0].startswith("Sua assinatura não está mais ativa.")


def test_in_the_grace_nothing_is_told_yet(connected: User) -> None:
    subscriptions.fail_payment(subscription=connected.subscriptions.get())
    assert plan_notices.look() == 0
    connected.subscriptions.update(grace_ends_at=timezone.now() - timedelta(seconds=1))
    assert plan_notices.look() == 1


def test_who_has_no_connection_has_nothing_to_hear(alice: User, bruno: User) -> None:
    rows.consent(bruno, "nubank", status="ended", ended_at=timezone.now())
    rows.consent(bruno, "itau", revocation_requested_at=timezone.now())
    put_on(alice, "basic")
    assert plan_notices.look() == 0


def test_outside_the_window_it_is_an_approved_template(
    connected: User, approved_templates: dict[str, MessageTemplate]
) -> None:
    close_window(connected)
    put_on(connected, "pro")
    plan_notices.look()
    template = OutgoingMessage.objects.get().payload["template"]
    (parameter,) = template["components"][0]["parameters"]
    assert template["name"] == "assinatura_mudou"
    assert parameter["text"] == "ela não inclui mais a conexão com bancos"


def test_what_whatsapp_takes_only_as_a_template_goes_out_as_one(
    connected: User, approved_templates: dict[str, MessageTemplate]
) -> None:
    put_on(connected, "pro")
    plan_notices.look()
    refused = refuse()
    again = PlanNotice.objects.get().message
    assert again
    assert (again.kind, again.replaces) == ("template", refused)


def test_what_is_not_so_any_more_is_not_told_again_in_another_form(
    connected: User, approved_templates: dict[str, MessageTemplate]
) -> None:
    put_on(connected, "pro")
    plan_notices.look()
    put_on(connected, "premium")
    refused = refuse()
    assert PlanNotice.objects.get().message == refused
    assert OutgoingMessage.objects.count() == 1


def test_what_keeps_it_back_is_written_down_for_staff(connected: User, client: Client) -> None:
    Contact.objects.update(opted_out_at=timezone.now())
    put_on(connected, "pro")
    assert plan_notices.look() == 1
    assert PlanNotice.objects.get().obstacle == "opted_out"
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    page = client.get(reverse("admin:openfinance_plannotice_changelist"))
    assert "Pediu para não receber mensagens" in page.text


def test_the_workers_do_it(connected: User) -> None:
    put_on(connected, "pro")
    tasks.tell_of_plans(timestamp=0)
    assert len(words(connected)) == 1
