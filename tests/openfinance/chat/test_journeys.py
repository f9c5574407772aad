"""Whole journeys through the inbox and the outbox: what they cost, and what happens at once."""

import json
from itertools import count
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import responses
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from openfinance import bank_flow, flows
from openfinance.models import ConnectionLink, Flow
from pierre.local import flow_key
from tests import jobs
from tests.openfinance.chat import phone
from tests.openfinance.cold import close_window
from tests.whatsapp import graph as graph_answers
from tests.whatsapp import hooks
from whatsapp import inbox
from whatsapp.models import (
    Contact,
    IncomingUpdate,
    MessageTemplate,
    NativeFlow,
    OutgoingMessage,
)
from whatsapp.native_flow.requests import Exchange

pytestmark = pytest.mark.usefixtures("live_db")

_numbers = count(1)


@pytest.fixture(autouse=True)
def _accepting(live_db: None, graph: responses.RequestsMock) -> None:
    graph_answers.accepts(graph)


@pytest.fixture
def listed(alice: User) -> str:
    """Return WhatsApp's id of the list that Alice got from the API."""
    return flows.start(user=alice, channel=Flow.Channel.API).message.whatsapp_id


def hears(*messages: dict[str, Any]) -> None:
    """Let Meta tell what Alice's phone sent, and the workers do all that follows."""
    inbox.store(hooks.body(hooks.messages(messages=messages)))
    jobs.run_all()
    assert not IncomingUpdate.objects.filter(processed_at__isnull=True).exists()


def tap(row: str, *, on: str) -> dict[str, Any]:
    reply = {"type": "list_reply", "list_reply": {"id": row, "title": "Uma linha"}}
    return _told("interactive", reply, on=on)


def quick_reply(payload: str, *, on: str) -> dict[str, Any]:
    return _told("button", {"payload": payload, "text": "Um botão"}, on=on)


def typed(words: str) -> dict[str, Any]:
    return hooks.text(words, key=f"wamid.typed{next(_numbers)}")


def _told(kind: str, content: dict[str, Any], *, on: str) -> dict[str, Any]:
    return {
        "from": "5511987654321",
        "id": f"wamid.tap{next(_numbers)}",
        "timestamp": str(int(timezone.now().timestamp())),
        "context": {"from": "15550783881", "id": on},
        "type": kind,
        kind: content,
    }


def sent(graph: responses.RequestsMock) -> list[str]:
    """Return what reached Graph: the kind of each message."""
    bodies = graph_answers.sent(graph)
    return [body.get("interactive", {}).get("type", body["type"]) for body in bodies]


def test_by_list_it_takes_two_messages(listed: str, graph: responses.RequestsMock) -> None:
    hears(tap("bank:nubank", on=listed))
    assert sent(graph) == ["list", "cta_url"]
    url = graph_answers.sent(graph)[1]["interactive"]["action"]["parameters"]["url"]
    assert "/conectar/" in url
    assert "{" not in url


def test_by_template_it_takes_two_messages(
    alice: User, approved_templates: dict[str, MessageTemplate], graph: responses.RequestsMock
) -> None:
    close_window(alice)
    flow = flows.start(user=alice, channel=Flow.Channel.API)
    hears(quick_reply("bank:itau", on=flow.message.whatsapp_id))
    assert sent(graph) == ["template", "cta_url"]
    assert ConnectionLink.objects.get().flow == flow


def test_by_the_flow_it_takes_two_messages(
    alice: User, graph: responses.RequestsMock, tmp_path: Path, settings: Settings
) -> None:
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = [str(flow_key.ensure(tmp_path))]
    NativeFlow.objects.create(meta_id="2361", name="x", status="PUBLISHED")
    on = flows.start(user=alice, channel=Flow.Channel.API).message.whatsapp_id
    action = graph_answers.sent(graph)[0]["interactive"]["action"]
    token = action["parameters"]["flow_token"]
    for step in ("choose", "start"):
        data = {"step": step, "bank": "nubank"}
        bank_flow.respond(
            Exchange(flow_token=token, flow_token_signature=None, data=data, screen="BANKS")
        )
    answer = {"name": "flow", "body": "Sent", "response_json": json.dumps({"flow_token": token})}
    hears(_told("interactive", {"type": "nfm_reply", "nfm_reply": answer}, on=on))
    assert sent(graph) == ["flow", "cta_url"]


def test_typing_the_name_under_the_list_takes_two_messages(
    listed: str, graph: responses.RequestsMock
) -> None:
    hears(typed("é o Sofisa, obrigada"))
    assert sent(graph) == ["list", "cta_url"]


def test_in_the_chat_alone_it_takes_one_message_with_the_banks_name_and_two_without(
    alice: User, graph: responses.RequestsMock
) -> None:
    hears(typed("Oi, quero conectar o nubank por favor"))
    assert sent(graph) == ["cta_url"]
    hears(typed("Quero conectar"))
    listed = OutgoingMessage.objects.get(kind="interactive_list").whatsapp_id
    hears(tap("bank:inter", on=listed))
    assert sent(graph) == ["cta_url", "list", "cta_url"]


def test_another_bank_takes_the_question_besides(
    listed: str, graph: responses.RequestsMock
) -> None:
    hears(tap("other-bank", on=listed))
    hears(typed("sofisa"))
    assert sent(graph) == ["list", "text", "cta_url"]
    assert ConnectionLink.objects.get().bank.slug == "sofisa"


def test_what_meta_tells_twice_is_answered_once(listed: str, graph: responses.RequestsMock) -> None:
    told = tap("other-bank", on=listed)
    hears(told, told)
    hears(told)
    assert sent(graph) == ["list", "text"]


def test_the_answers_go_to_the_number_that_whatsapp_knows(
    alice: User, graph: responses.RequestsMock
) -> None:
    hears({**typed("ajuda"), "from": "551187654321"})
    assert [body["to"] for body in graph_answers.sent(graph)] == ["+551187654321"]


def test_the_opt_out_is_confirmed_and_then_nothing_leaves(
    listed: str, graph: responses.RequestsMock
) -> None:
    hears(typed("conectar nubank"), typed("sair"), typed("status"))
    assert sent(graph) == ["list", "text"]
    hears(tap("bank:inter", on=listed), typed("nubank"))
    assert sent(graph) == ["list", "text", "text"]
    assert not Contact.objects.filter(opted_out_at__isnull=True).exists()


def test_coming_back_is_confirmed_and_then_things_go_on(
    alice: User, graph: responses.RequestsMock
) -> None:
    a_minute_ago = str(int(timezone.now().timestamp()) - 60)
    hears({**typed("sair"), "timestamp": a_minute_ago})
    hears(typed("voltar"))
    hears(typed("conectar"))
    assert sent(graph) == ["text", "button", "list"]


def at_once(*words: str, wa_id: str) -> None:
    """Let several messages of one person be heard at the same time, as by so many workers."""
    together = Barrier(len(words))

    def hear(text: str) -> None:
        together.wait()
        try:
            phone.Phone(wa_id=wa_id).writes(text)
        finally:
            connection.close()

    threads = [Thread(target=hear, args=[text]) for text in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_help_goes_out_once_however_many_workers_there_are(alice: User) -> None:
    at_once(*["???"] * 8, wa_id="5511987654321")
    assert OutgoingMessage.objects.count() == 1


def test_a_stranger_is_answered_once_however_many_workers_there_are() -> None:
    at_once(*["oi"] * 8, wa_id="5511999990000")
    assert OutgoingMessage.objects.count() == 1


def test_no_worker_gives_more_answers_than_an_hour_has(alice: User) -> None:
    for _ in range(4):
        at_once(*["ajuda"] * 8, wa_id="5511987654321")
    assert OutgoingMessage.objects.count() == 20


def test_a_bank_chosen_twice_at_once_gets_one_link(alice: User) -> None:
    at_once("nubank", "conectar nubank", "quero o nubank", wa_id="5511987654321")
    assert ConnectionLink.objects.count() == OutgoingMessage.objects.count() == 1
