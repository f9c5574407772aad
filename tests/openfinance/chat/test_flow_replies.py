"""What a phone says of a WhatsApp Flow is believed as far as our own record confirms it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from openfinance import flows
from openfinance.models import Bank, Flow, FlowToken
from tests.openfinance.chat import phone
from tests.openfinance.chat.phone import Phone, arrive, buttons, text
from whatsapp import tokens

TOKEN = "the-token-of-a-flow"
MESSAGE = "wamid.flow"


@pytest.fixture
def flow(alice: User) -> Flow:
    """Return the flow whose WhatsApp Flow, with TOKEN, Alice has on her phone."""
    flow = flows.enqueue(user=alice)
    arrive(flow.message, MESSAGE)
    FlowToken.objects.create(
        digest=tokens.digest(TOKEN, key=settings.LINK_KEY),
        message=flow.message,
        expires_at=timezone.now() + timedelta(hours=24),
    )
    return flow


@pytest.fixture
def finished(flow: Flow) -> Flow:
    """Return that flow once its endpoint has seen the last step, and queued the link."""
    nubank = Bank.objects.get(slug="nubank")
    FlowToken.objects.update(bank=nubank, finished_at=timezone.now())
    return flow


def test_a_flow_that_is_finished_needs_no_answer(hers: Phone, finished: Flow) -> None:
    assert hers.finishes(TOKEN, on=MESSAGE) == []
    assert hers.finishes(TOKEN) == []


def test_without_its_token_the_message_tells_which_flow_it_was(hers: Phone, finished: Flow) -> None:
    assert hers.finishes(None, on=MESSAGE) == []


def test_a_flow_that_our_record_does_not_know_as_finished_gets_a_way_on(
    hers: Phone, flow: Flow
) -> None:
    answer = hers.finishes(TOKEN, on=MESSAGE)
    assert text(answer).startswith("A escolha do banco não chegou até nós.")
    assert buttons(answer) == ["request:connect"]


@pytest.mark.parametrize(
    ("token", "on"), [("made-up", MESSAGE), ("\ufffd", None), (None, "wamid.who"), (None, None)]
)
def test_a_reply_that_names_no_finished_flow_gets_a_way_on(
    hers: Phone, finished: Flow, token: str | None, on: str | None
) -> None:
    assert text(hers.finishes(token, on=on)).startswith("A escolha do banco não chegou")


@pytest.mark.parametrize("token", [TOKEN, None])
def test_somebody_elses_finished_flow_is_not_theirs(
    bruno: User, finished: Flow, token: str | None
) -> None:
    answer = phone.of(bruno).finishes(token, on=MESSAGE)
    assert text(answer).startswith("A escolha do banco não chegou")


@pytest.mark.parametrize("name", ["message_flow_reply", "message_flow_reply_without_token"])
def test_a_recorded_reply_that_is_not_of_our_flow_gets_a_way_on(hers: Phone, name: str) -> None:
    assert text(hers.sends(name)).startswith("A escolha do banco não chegou")
