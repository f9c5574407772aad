"""The simulator accepts and refuses as the reference says that Graph does."""

from typing import Any

import pytest

from tests.whatsapp.simulator.bodies import BUTTONS, FLOW, LINK, LIST, message
from tests.whatsapp.simulator.conftest import Send
from whatsapp.simulator.models import SimulatedMessage, SimulatedPhone


def change(body: Any, path: str, value: Any) -> Any:
    """Set, or with None remove, what stands at a path such as "action.sections.0.title"."""
    *way, last = path.split(".")
    place = body
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    key = int(last) if last.isdigit() else last
    if value is None:
        del place[key]
    else:
        place[key] = value
    return body


def error_of(answer: Any) -> dict[str, Any]:
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "code", "error_data", "fbtrace_id"}
    assert error["message"].startswith(f"(#{error['code']}) ")
    assert error["error_data"]["messaging_product"] == "whatsapp"
    return dict(error)


def rows(count: int) -> list[dict[str, str]]:
    return [{"id": f"row{number}", "title": f"Linha {number}"} for number in range(count)]


@pytest.mark.parametrize(
    "body",
    [
        message(),
        message("interactive", LIST),
        message("interactive", LINK),
        message("interactive", BUTTONS),
    ],
    ids=["text", "list", "link", "buttons"],
)
def test_a_good_message_reaches_the_phone(send: Send, phone: SimulatedPhone, body: Any) -> None:
    answer = send(body)
    stored = phone.messages.get()
    assert answer.json() == {
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+5511987654321", "wa_id": "5511987654321"}],
        "messages": [{"id": stored.wamid}],
    }
    assert stored.callback_data == "a-uuid"


@pytest.mark.usefixtures("account")
def test_a_template_is_accepted_with_its_status(send: Send, phone: SimulatedPhone) -> None:
    answer = send(message("template"))
    assert answer.json()["messages"][0]["message_status"] == "accepted"


def test_an_old_account_answers_with_its_own_wa_id(send: Send, phone: SimulatedPhone) -> None:
    SimulatedPhone.objects.update(wa_id="551187654321")
    answer = send(message())
    assert answer.json()["contacts"][0]["wa_id"] == "551187654321"


def test_a_number_that_nobody_has_is_accepted_all_the_same(send: Send) -> None:
    assert send(message()).status_code == 200
    assert SimulatedMessage.objects.get().phone is None


def test_a_wrong_token_is_refused(send: Send) -> None:
    answer = send(message(), token="another")
    assert (answer.status_code, error_of(answer)["code"]) == (401, 190)


@pytest.mark.parametrize(
    "url",
    [
        "/simulator/graph/v26.0/999/messages",
        "/simulator/graph/26/106540352242922/messages",
        "/simulator/graph/latest/106540352242922/messages",
    ],
)
def test_another_number_or_version_is_refused(send: Send, url: str) -> None:
    answer = send(message(), url=url)
    assert (answer.status_code, error_of(answer)["code"]) == (400, 100)


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "null", "[" * 5000])
def test_a_body_that_is_no_object_is_refused(send: Send, body: str) -> None:
    assert error_of(send(body))["code"] == 100


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("messaging_product", "sms", 100),
        ("recipient_type", "group", 100),
        ("type", "poll", 100),
        ("type", "a_type_that_nobody_ever_heard_of", 100),
        ("type", None, 131008),
        ("messaging_product", None, 100),
        ("context", "wamid", 131009),
        ("context", {}, 131008),
        ("text", None, 131008),
        ("to", None, 131008),
        ("to", "5511987654321", 131009),
        ("to", "+55 11 98765", 131009),
        ("to", "+5511987", 131009),
        ("to", "+5511987654321000", 131009),
        ("surprise", 1, 131009),
        ("biz_opaque_callback_data", "x" * 513, 131009),
        ("text.body", "x" * 4097, 131009),
        ("text.body", "🎉" * 2049, 131009),
        ("text.body", " ", 131009),
        ("text.body", 7, 131009),
        ("text.body", "a\x00b", 131009),
        ("text.body", "half \ud83d", 131009),
        ("text.preview_url", "yes", 131009),
        ("text.preview_url", True, 131009),
    ],
)
def test_a_bad_envelope_or_text_is_refused(send: Send, path: str, value: Any, code: int) -> None:
    assert error_of(send(change(message(), path, value)))["code"] == code
    assert not SimulatedMessage.objects.exists()


LIMITS = [
    (LIST, "header.text", 60),
    (LIST, "body.text", 1024),
    (LIST, "footer.text", 60),
    (LIST, "action.button", 20),
    (LIST, "action.sections.0.title", 24),
    (LIST, "action.sections.0.rows.0.id", 200),
    (LIST, "action.sections.0.rows.0.title", 24),
    (LIST, "action.sections.0.rows.0.description", 72),
    (LINK, "body.text", 1024),
    (LINK, "footer.text", 60),
    (LINK, "action.parameters.display_text", 20),
    (BUTTONS, "body.text", 1024),
    (BUTTONS, "action.buttons.0.reply.id", 256),
    (BUTTONS, "action.buttons.0.reply.title", 20),
    (FLOW, "action.parameters.flow_cta", 30),
    (FLOW, "action.parameters.flow_token", 200),
]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("content", "path", "limit"), LIMITS)
def test_each_text_may_be_as_long_as_its_limit_and_no_longer(
    send: Send, content: Any, path: str, limit: int
) -> None:
    body = message("interactive", {"footer": {"text": "Pierre"}, **content})
    assert send(change(body, f"interactive.{path}", "x" * limit)).status_code == 200
    error = error_of(send(change(body, f"interactive.{path}", "x" * (limit + 1))))
    assert error["code"] == 131009
    assert f"{limit + 1} characters, the limit is {limit}" in error["error_data"]["details"]


@pytest.mark.parametrize(
    ("content", "path", "value"),
    [
        (LIST, "type", "carousel"),
        (LIST, "header.type", "image"),
        (LIST, "action.sections", []),
        (LIST, "action.sections.0.rows", []),
        (LIST, "action.sections.0.rows", rows(11)),
        (LIST, "action.sections", [{"title": "A", "rows": rows(6)}] * 2),
        (LIST, "action.sections", [{"title": "A", "rows": rows(2)}] * 2),
        (LIST, "action.sections.0.rows.0.colour", "red"),
        (LINK, "action.name", "open"),
        (LINK, "action.parameters.url", "javascript:alert(1)"),
        (LINK, "action.parameters.url", "https://"),
        (LINK, "action.parameters.url", "http://[1"),
        (BUTTONS, "action.buttons", [BUTTONS["action"]["buttons"][0]] * 4),  # type: ignore[index]
        (BUTTONS, "action.buttons", [BUTTONS["action"]["buttons"][0]] * 2),  # type: ignore[index]
        (BUTTONS, "action.buttons.0.type", "url"),
        (FLOW, "action.name", "cta_url"),
        (FLOW, "action.parameters.flow_message_version", "2"),
        (FLOW, "action.parameters.flow_message_version", None),
        (FLOW, "action.parameters.flow_id", None),
        (FLOW, "action.parameters.flow_name", "bancos"),
        (FLOW, "action.parameters.flow_cta", None),
        (FLOW, "action.parameters.mode", "test"),
        (FLOW, "action.parameters.flow_action", "open"),
        (FLOW, "action.parameters.flow_action_payload", {"screen": "BANKS"}),
    ],
)
def test_what_whatsapp_could_not_show_is_refused(
    send: Send, content: Any, path: str, value: Any
) -> None:
    body = change(message("interactive", content), f"interactive.{path}", value)
    assert error_of(send(body))["code"] in (131008, 131009)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (LIST, "body"),
        (LIST, "action"),
        (LIST, "action.sections"),
        (LINK, "action.parameters"),
        (BUTTONS, "action.buttons"),
        (BUTTONS, "action.buttons.0.reply"),
    ],
)
def test_what_is_missing_is_told_from_what_is_wrong(send: Send, content: Any, path: str) -> None:
    body = change(message("interactive", content), f"interactive.{path}", None)
    assert error_of(send(body))["code"] == 131008


def test_ten_rows_in_two_sections_and_three_buttons_are_taken(send: Send) -> None:
    first, *others = rows(10)
    sections = [{"title": "A", "rows": [first]}, {"title": "B", "rows": others}]
    body = change(message("interactive", LIST), "interactive.action.sections", sections)
    assert send(body).status_code == 200
    buttons = [{"type": "reply", "reply": row} for row in rows(3)]
    body = change(message("interactive", BUTTONS), "interactive.action.buttons", buttons)
    assert send(body).status_code == 200


def test_the_envelope_and_the_text_may_be_as_long_as_their_limits(send: Send) -> None:
    body = change(message(), "biz_opaque_callback_data", "x" * 512)
    assert send(change(body, "text.body", "x" * 4096)).status_code == 200
    assert send({**body, "context": {"message_id": "wamid.x"}}).status_code == 200


def test_a_body_too_large_to_read_is_refused_in_graphs_shape(send: Send) -> None:
    assert error_of(send(change(message(), "text.body", "x" * 3_000_000)))["code"] == 100


def test_two_sections_need_titles_and_one_does_not(send: Send) -> None:
    sections = [{"rows": rows(1)}, {"title": "B", "rows": [{"id": "b", "title": "B"}]}]
    body = change(message("interactive", LIST), "interactive.action.sections", sections)
    assert error_of(send(body))["code"] == 131008


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("name", "Com Maiúsculas", 131009),
        ("language", {}, 131008),
        ("language", None, 131008),
        ("language.code", "português", 131009),
        ("language.policy", "fallback", 131009),
        ("components", [], 131009),
        ("components.0.type", "carousel", 131009),
        ("components.0.parameters.0.text", "a\nb", 132012),
        ("components.0.parameters.0.text", "a     b", 132012),
        ("components.0.parameters.0.type", "currency", 131009),
        ("components.0.parameters.0.payload", "x", 131009),
        ("components.0.type", "button", 131008),
    ],
)
def test_a_template_that_cannot_be_filled_in_is_refused(
    send: Send, path: str, value: Any, code: int
) -> None:
    template = {
        "name": "conexao_pendente",
        "language": {"code": "pt_BR"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}],
    }
    body = change(message("template", template), f"template.{path}", value)
    assert error_of(send(body))["code"] == code
