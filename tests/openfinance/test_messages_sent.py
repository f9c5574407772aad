"""Contract, "What the user receives", and what staff can change in it."""

import pytest
import responses

from accounts.models import Plan, PlanBenefit, Subscription, User
from openfinance import catalogue, flows
from openfinance.models import Bank, Flow
from tests.whatsapp import graph as graph_answers
from whatsapp.models import OutgoingMessage

pytestmark = pytest.mark.usefixtures("live_db")

SEVEN = [
    "Nubank",
    "Itaú",
    "Bradesco",
    "Banco do Brasil",
    "Santander",
    "Caixa Econômica Federal",
    "Inter",
]


@pytest.fixture(autouse=True)
def _banks(live_db: None) -> None:
    catalogue.sync()


def interactive(graph: responses.RequestsMock) -> dict[str, object]:
    (body,) = graph_answers.sent(graph)
    assert body["type"] == "interactive"
    return dict(body["interactive"])


def rows(graph: responses.RequestsMock) -> list[dict[str, str]]:
    action = interactive(graph)["action"]
    return list(action["sections"][0]["rows"])  # type: ignore[index]


def text(graph: responses.RequestsMock) -> str:
    return str(interactive(graph)["body"]["text"])  # type: ignore[index]


def start(user: User, graph: responses.RequestsMock) -> Flow:
    graph_answers.accepts(graph)
    return flows.start(user=user, channel=Flow.Channel.API)


def test_premium_gets_the_seven_banks_first_then_two_more_and_the_way_to_any_other(
    alice: User, graph: responses.RequestsMock
) -> None:
    start(alice, graph)
    titles = [row["title"] for row in rows(graph)]
    assert titles[:7] == SEVEN
    assert (len(titles), titles[-1]) == (10, "Outro banco")


def test_the_premium_text_says_in_numbered_steps_what_will_happen(
    alice: User, graph: responses.RequestsMock
) -> None:
    start(alice, graph)
    assert text(graph).startswith("Oi, Alice!")
    assert [line[:2] for line in text(graph).splitlines() if line[:1].isdigit()] == [
        "1.",
        "2.",
        "3.",
        "4.",
    ]


def test_staff_choose_the_two_further_favourites(
    alice: User, graph: responses.RequestsMock
) -> None:
    Bank.objects.filter(position__gt=70).update(is_favourite=False)
    Bank.objects.filter(slug__in=["sicoob", "picpay"]).update(is_favourite=True)
    start(alice, graph)
    assert {row["title"] for row in rows(graph)[7:9]} == {"Sicoob", "PicPay"}


@pytest.mark.parametrize("name", ["bruno", "clara"])
def test_pro_and_basic_get_the_notice_with_premiums_benefits_and_the_way_to_upgrade(
    name: str, request: pytest.FixtureRequest, graph: responses.RequestsMock
) -> None:
    start(request.getfixturevalue(name), graph)
    message = interactive(graph)
    assert message["type"] == "cta_url"
    assert message["action"]["parameters"]["url"] == "https://pierre.finance/plans"  # type: ignore[index]
    for benefit in PlanBenefit.objects.filter(plan__slug="premium"):
        assert f"• {benefit.text}\n" in text(graph)
    assert "suporte@pierre.finance" in text(graph)


def test_a_benefit_that_staff_edit_is_in_the_next_message(
    bruno: User, graph: responses.RequestsMock
) -> None:
    PlanBenefit.objects.filter(plan__slug="premium", position__lte=1).update(text="Um café por dia")
    start(bruno, graph)
    assert "• Um café por dia" in text(graph)


def test_the_plans_route_decides_and_not_its_name(
    bruno: User, graph: responses.RequestsMock
) -> None:
    Plan.objects.filter(slug="pro").update(connection_route="flow")
    start(bruno, graph)
    assert interactive(graph)["type"] == "list"


def test_after_an_upgrade_the_next_call_sends_the_premium_flow_at_once(
    bruno: User, graph: responses.RequestsMock
) -> None:
    start(bruno, graph)
    Subscription.objects.filter(user=bruno).update(plan=Plan.objects.get(slug="premium"))
    flows.start(user=bruno, channel=Flow.Channel.API)
    kinds = [body["interactive"]["type"] for body in graph_answers.sent(graph)]
    assert kinds == ["cta_url", "list"]


def test_the_message_carries_its_id_for_whatsapp_to_echo(
    alice: User, graph: responses.RequestsMock
) -> None:
    flow = start(alice, graph)
    (body,) = graph_answers.sent(graph)
    assert body["biz_opaque_callback_data"] == str(flow.message_id)
    assert body["to"] == alice.phone


def test_the_message_keeps_what_was_said_and_what_whatsapp_answered(
    alice: User, graph: responses.RequestsMock
) -> None:
    message = start(alice, graph).message
    stored = OutgoingMessage.objects.get(pk=message.pk)
    assert (stored.status, stored.whatsapp_id) == ("accepted", "wamid.test1")
    assert stored.payload["interactive"] == interactive(graph)


@pytest.mark.parametrize("name", ["", "A" * 150, "<b>Ana & Bia</b>", "Zé 🎉 da Silva"])
def test_no_name_breaks_the_message(alice: User, graph: responses.RequestsMock, name: str) -> None:
    alice.name = name
    alice.save()
    start(alice, graph)
    assert "&lt;" not in text(graph)
    assert "1. Toque" in text(graph)
