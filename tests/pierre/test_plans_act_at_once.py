"""What staff change of plans and subscriptions, through the admin, acts on the very next call."""

import pytest
import responses
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Plan, User
from openfinance.models import Consent
from tests.accounts.plan_forms import plan_form
from tests.openfinance import rows
from tests.openfinance.cold import kinds
from tests.pierre.conftest import Call
from tests.whatsapp import graph as graph_answers


@pytest.fixture
def staff(live_db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    return client


@pytest.fixture(autouse=True)
def _accepting(graph: responses.RequestsMock) -> None:
    graph_answers.accepts(graph)


def edit(staff: Client, slug: str, **changes: str) -> None:
    plan = Plan.objects.get(slug=slug)
    url = reverse("admin:accounts_plan_change", args=[plan.pk])
    assert staff.post(url, plan_form(plan, **changes)).status_code == 302


def act(staff: Client, user: User, name: str, **answers: str) -> None:
    subscription = user.subscriptions.get()
    url = reverse("admin:accounts_subscription_act", args=[subscription.pk, name])
    assert staff.post(url, answers).status_code == 302


def put_on(staff: Client, user: User, slug: str) -> None:
    act(staff, user, "change-plan", plan=str(Plan.objects.get(slug=slug).pk))


def last_words(graph: responses.RequestsMock) -> str:
    return str(graph_answers.sent(graph)[-1]["interactive"]["body"]["text"])


def refusal(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]  # type: ignore[attr-defined]


def test_after_an_upgrade_the_next_call_sends_the_premium_flow(
    call: Call, staff: Client, bruno: User, graph: responses.RequestsMock
) -> None:
    call(bruno)
    put_on(staff, bruno, "premium")
    assert call(bruno).status_code == 200
    assert kinds(graph) == ["cta_url", "list"]


def test_after_a_downgrade_the_next_call_sends_the_notice_and_nothing_is_cut(
    call: Call, staff: Client, alice: User, graph: responses.RequestsMock
) -> None:
    consent = rows.consent(alice)
    call(alice)
    put_on(staff, alice, "basic")
    assert call(alice).status_code == 200
    assert kinds(graph) == ["list", "cta_url"]
    assert Consent.objects.authorised().get() == consent


def test_another_route_of_a_plan_acts_on_all_who_have_it(
    call: Call, staff: Client, bruno: User, graph: responses.RequestsMock
) -> None:
    call(bruno)
    edit(staff, "pro", connection_route="flow")
    call(bruno)
    assert kinds(graph) == ["cta_url", "list"]


def test_another_price_decides_which_plan_the_notice_offers(
    call: Call, staff: Client, clara: User, graph: responses.RequestsMock, settings: Settings
) -> None:
    settings.FLOW_DEBOUNCE_SECONDS = 0
    edit(staff, "pro", connection_route="flow", price="99.00")
    call(clara)
    assert "plano *Premium*" in last_words(graph)
    edit(staff, "premium", price="199.00")
    call(clara)
    assert "plano *Pro*" in last_words(graph)


def test_another_benefit_is_in_the_next_notice(
    call: Call, staff: Client, clara: User, graph: responses.RequestsMock
) -> None:
    edit(staff, "premium", **{"benefits-0-text": "Um benefício novo"})
    call(clara)
    assert "• Um benefício novo" in last_words(graph)


def test_at_the_limit_the_flow_is_still_sent_since_it_also_reconnects(
    call: Call, staff: Client, alice: User, graph: responses.RequestsMock
) -> None:
    rows.consent(alice)
    edit(staff, "premium", max_connections="1")
    assert call(alice).status_code == 200
    assert kinds(graph) == ["list"]


@pytest.mark.parametrize(
    ("name", "refused"), [("cancel", True), ("cancel-at-end", False), ("fail-payment", False)]
)
def test_access_ends_on_the_next_call_or_not_yet(
    call: Call, staff: Client, alice: User, name: str, *, refused: bool
) -> None:
    act(staff, alice, "renew", until_0="01/01/2090", until_1="10:00:00")
    act(staff, alice, name)
    answer = call(alice)
    assert (answer.status_code == 401) == refused
    if refused:
        assert refusal(answer) == (401, "inactive_subscription")


def test_who_subscribes_anew_gets_an_answer_at_once(
    call: Call, staff: Client, alice: User, graph: responses.RequestsMock
) -> None:
    act(staff, alice, "cancel")
    assert refusal(call(alice)) == (401, "inactive_subscription")
    form = {"user": str(alice.pk), "plan": str(Plan.objects.get(slug="premium").pk)}
    staff.post(reverse("admin:accounts_subscription_add"), form)
    assert call(alice).status_code == 200
    assert kinds(graph) == ["list"]
