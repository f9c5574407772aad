"""In the 24-hour window people get an interactive message, outside of it an approved template."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Plan, PlanBenefit, User
from openfinance import catalogue, exceptions, flows
from openfinance.models import Bank, Flow, FlowToken
from pierre.local import flow_key
from tests.openfinance.cold import close_window, kinds
from tests.whatsapp import graph as graph_answers
from whatsapp import tokens
from whatsapp.exceptions import TemplateUnavailable, Unavailable
from whatsapp.models import BusinessNumber, Contact, MessageTemplate, NativeFlow, OutgoingMessage

Templates = dict[str, MessageTemplate]

pytestmark = pytest.mark.usefixtures("live_db")


@pytest.fixture(autouse=True)
def _accepting(live_db: None, graph: responses.RequestsMock) -> None:
    catalogue.sync()
    graph_answers.accepts(graph)


@pytest.fixture
def native(live_db: None, tmp_path: Path, settings: Settings) -> NativeFlow:
    """Publish a WhatsApp Flow, and have the key for what it sends."""
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = [str(flow_key.ensure(tmp_path))]
    return NativeFlow.objects.create(
        meta_id="2361400990715627", name="x", status="PUBLISHED", published_at=timezone.now()
    )


def start(user: User) -> Flow:
    return flows.start(user=user, channel=Flow.Channel.API)


def _set_benefits(*texts: str) -> None:
    PlanBenefit.objects.all().delete()
    premium = Plan.objects.get(slug="premium")
    # With keys of their own: the sequence does not know of those that the migrations wrote.
    PlanBenefit.objects.bulk_create(
        PlanBenefit(pk=1000 + number, plan=premium, text=text) for number, text in enumerate(texts)
    )


def template(graph: responses.RequestsMock) -> dict[str, Any]:
    (body,) = graph_answers.sent(graph)
    return dict(body["template"])


@pytest.mark.parametrize(
    ("name", "sent"), [("alice", "conexao_escolher_banco"), ("bruno", "aviso_premium")]
)
def test_outside_the_window_a_template_goes_out(
    request: pytest.FixtureRequest,
    graph: responses.RequestsMock,
    approved_templates: Templates,
    name: str,
    sent: str,
) -> None:
    user: User = request.getfixturevalue(name)
    close_window(user)
    assert start(user).message.status == "accepted"
    assert kinds(graph) == [sent]


def test_somebody_who_never_wrote_is_outside_the_window(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    Contact.objects.all().delete()
    start(alice)
    assert kinds(graph) == ["conexao_escolher_banco"]


@pytest.mark.parametrize("wa_id", ["5511987654321", "551187654321"])
def test_the_window_is_found_by_either_form_of_the_number(
    alice: User, graph: responses.RequestsMock, wa_id: str
) -> None:
    Contact.objects.update(phone=None, wa_id=wa_id)
    start(alice)
    assert kinds(graph) == ["list"]


def test_another_persons_window_opens_none(
    alice: User, bruno: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    close_window(alice)
    start(alice)
    assert kinds(graph) == ["conexao_escolher_banco"]


def test_the_templates_buttons_stand_for_the_banks_that_meta_approved(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    Bank.objects.filter(slug="nubank").update(is_favourite=False)
    close_window(alice)
    start(alice)
    payloads = [
        (button["index"], button["parameters"][0]["payload"])
        for button in template(graph)["components"]
    ]
    assert payloads[:2] == [("0", "bank:nubank"), ("1", "bank:itau")]
    assert (len(payloads), payloads[-1]) == (8, ("7", "other-bank"))


def test_the_notices_template_has_the_benefits_in_one_line(
    bruno: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    _set_benefits("Um  café\tpor dia", "Outro\nà noite")
    close_window(bruno)
    start(bruno)
    (body,) = template(graph)["components"]
    assert {p["parameter_name"]: p["text"] for p in body["parameters"]} == {
        "plano": "Premium",
        "beneficios": "Um café por dia; Outro à noite",
        "suporte": "suporte@pierre.finance",
    }


@pytest.mark.parametrize("benefits", [0, 50])
def test_no_number_of_benefits_breaks_the_notices_template(
    bruno: User, graph: responses.RequestsMock, approved_templates: Templates, benefits: int
) -> None:
    _set_benefits(*["b" * 80] * benefits)
    close_window(bruno)
    start(bruno)
    texts = [p["text"] for p in template(graph)["components"][0]["parameters"]]
    fixed = len(str(approved_templates["aviso_premium"].components[0]["text"]))
    assert all(texts)
    assert fixed + sum(map(len, texts)) <= 1024


def test_without_a_plan_to_upgrade_to_the_notices_template_is_still_whole(
    bruno: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    Plan.objects.update(connection_route="notice")
    close_window(bruno)
    start(bruno)
    assert [p["text"] for p in template(graph)["components"][0]["parameters"]][:2] == [
        "com conexão",
        "conexão com o seu banco pelo Open Finance",
    ]


@pytest.mark.parametrize("state", ["PAUSED", "REJECTED", "PENDING", "missing", None])
def test_without_an_approved_template_nothing_is_sent_or_written(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates, state: str | None
) -> None:
    if state:
        MessageTemplate.objects.update(status=state)
    else:
        MessageTemplate.objects.all().delete()
    close_window(alice)
    with pytest.raises(TemplateUnavailable, match=f"{'conexao_escolher_banco'} is {state or 'mi'}"):
        start(alice)
    assert not graph.calls
    assert not Flow.objects.exists()
    assert not OutgoingMessage.objects.exists()


def test_in_the_window_no_template_is_needed(alice: User, graph: responses.RequestsMock) -> None:
    start(alice)
    assert kinds(graph) == ["list"]


def test_who_stopped_marketing_gets_no_marketing_template(
    bruno: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    close_window(bruno)
    Contact.objects.update(marketing_stopped_at=timezone.now())
    with pytest.raises(exceptions.OptedOut):
        start(bruno)
    assert not graph.calls
    assert not Flow.objects.exists()


def test_metas_category_decides_and_not_ours(
    alice: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    close_window(alice)
    Contact.objects.update(marketing_stopped_at=timezone.now())
    start(alice)
    assert kinds(graph) == ["conexao_escolher_banco"]
    MessageTemplate.objects.update(category="MARKETING")
    Flow.objects.update(created_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(exceptions.OptedOut):
        start(alice)


def test_who_stopped_marketing_gets_the_notice_in_the_window(
    bruno: User, graph: responses.RequestsMock
) -> None:
    Contact.objects.update(marketing_stopped_at=timezone.now())
    start(bruno)
    assert kinds(graph) == ["cta_url"]


def test_a_stopped_number_sends_nothing(alice: User, graph: responses.RequestsMock) -> None:
    BusinessNumber.objects.create(phone_number_id="106540352242922", stopped_at=timezone.now())
    with pytest.raises(Unavailable):
        start(alice)
    assert not graph.calls
    assert not Flow.objects.exists()


def test_another_number_that_is_stopped_stops_nothing(
    alice: User, graph: responses.RequestsMock
) -> None:
    BusinessNumber.objects.create(phone_number_id="1", stopped_at=timezone.now())
    assert start(alice).message.status == "accepted"


def test_where_templates_are_stopped_only_they_are(
    alice: User, bruno: User, graph: responses.RequestsMock, approved_templates: Templates
) -> None:
    number = BusinessNumber.objects.create(phone_number_id="106540352242922")
    BusinessNumber.objects.filter(pk=number.pk).update(templates_stopped_at=timezone.now())
    close_window(alice)
    with pytest.raises(Unavailable):
        start(alice)
    assert start(bruno).message.status == "accepted"


def test_a_published_flow_goes_out_with_a_token_of_its_own(
    alice: User, graph: responses.RequestsMock, native: NativeFlow, settings: Settings
) -> None:
    flow = start(alice)
    (body,) = graph_answers.sent(graph)
    parameters = body["interactive"]["action"]["parameters"]
    token = FlowToken.objects.get(message=flow.message)
    assert parameters["flow_id"] == native.meta_id
    assert token.digest == tokens.digest(parameters["flow_token"], key=settings.LINK_KEY)
    assert timedelta(hours=23) < token.expires_at - timezone.now() <= timedelta(hours=24)


def test_the_token_is_in_no_row(
    alice: User, graph: responses.RequestsMock, native: NativeFlow
) -> None:
    start(alice)
    (body,) = graph_answers.sent(graph)
    token = body["interactive"]["action"]["parameters"]["flow_token"]
    assert len(token) == 32
    assert token not in str(OutgoingMessage.objects.values_list()[0])
    assert token not in str(FlowToken.objects.values_list()[0])


@pytest.mark.parametrize("status", ["DRAFT", "THROTTLED", "BLOCKED", "DEPRECATED"])
def test_a_flow_that_is_not_published_is_replaced_by_the_list(
    alice: User, graph: responses.RequestsMock, native: NativeFlow, status: str
) -> None:
    NativeFlow.objects.update(status=status)
    start(alice)
    assert kinds(graph) == ["list"]


def test_without_a_key_the_list_goes_instead_of_the_flow(
    alice: User, graph: responses.RequestsMock, native: NativeFlow, settings: Settings
) -> None:
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = []
    start(alice)
    assert kinds(graph) == ["list"]
    assert not FlowToken.objects.exists()


def test_the_notice_is_no_flow(
    bruno: User, graph: responses.RequestsMock, native: NativeFlow
) -> None:
    start(bruno)
    assert kinds(graph) == ["cta_url"]
