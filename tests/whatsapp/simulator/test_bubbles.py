"""What a phone shows of each kind of message, the person's own included."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.whatsapp.simulator import flows
from tests.whatsapp.simulator.bodies import BUTTONS, LINK, LIST, message
from whatsapp.simulator import bubbles
from whatsapp.simulator.bubbles import Bubble, Button, Does
from whatsapp.simulator.models import SimulatedMessage, SimulatedPhone, SimulatedTemplate

BODY = "Oi, {{nome}}! Escolha o *banco*."


def template(*components: dict[str, Any], category: str = "UTILITY") -> None:
    SimulatedTemplate.objects.create(
        name="escolha", language="pt_BR", category=category, components=list(components)
    )


def with_buttons(count: int) -> None:
    buttons = [{"type": "QUICK_REPLY", "text": f"Banco {number}"} for number in range(count)]
    template({"type": "BODY", "text": BODY}, {"type": "BUTTONS", "buttons": buttons})


def of_template(*components: dict[str, Any], language: str = "pt_BR") -> dict[str, Any]:
    content = {"name": "escolha", "language": {"code": language}, "components": list(components)}
    return message("template", content)


def text(kind: str, *texts: str, **facts: Any) -> dict[str, Any]:
    return {"type": kind, "parameters": [{"type": "text", "text": text} for text in texts], **facts}


def store(phone: SimulatedPhone, payload: dict[str, Any], **facts: Any) -> SimulatedMessage:
    return SimulatedMessage.objects.create(phone=phone, to=phone.number, payload=payload, **facts)


def shown(phone: SimulatedPhone, payload: dict[str, Any], **facts: Any) -> Bubble:
    stored = store(phone, payload, **facts)
    return bubbles.show([stored])[stored.pk]


@pytest.mark.parametrize(
    ("interactive", "button"),
    [
        (LIST, Button(does=Does.SHEET, text="Ver bancos")),
        (LINK, Button(does=Does.LINK, text="Ver planos", value="https://pierre.finance/plans")),
        (BUTTONS, Button(does=Does.REPLY, text="Sim", value="yes")),
        (flows.body(), Button(does=Does.FLOW, text="Escolher banco")),
    ],
)
def test_a_message_has_the_button_of_its_kind(
    phone: SimulatedPhone, interactive: dict[str, Any], button: Button
) -> None:
    bubble = shown(phone, message("interactive", interactive))
    assert bubble.body == interactive["body"]["text"]
    assert bubble.buttons == [button]


def test_a_template_is_filled_in_by_name_or_by_place(phone: SimulatedPhone) -> None:
    with_buttons(0)
    named = {"type": "text", "parameter_name": "nome", "text": "Ana"}
    bubble = shown(phone, of_template({"type": "body", "parameters": [named]}))
    assert bubble.body == "Oi, Ana! Escolha o *banco*."
    SimulatedTemplate.objects.update(components=[{"type": "BODY", "text": "{{2}} e {{1}}."}])
    bubble = shown(phone, of_template(text("body", "um", "dois"), language="pt-BR"))
    assert bubble.body == "dois e um."


def test_the_header_and_the_footer_of_a_template_are_shown(phone: SimulatedPhone) -> None:
    template(
        {"type": "HEADER", "format": "TEXT", "text": "Oi, {{1}}"},
        {"type": "BODY", "text": "Escolha."},
        {"type": "FOOTER", "text": "Responda SAIR"},
    )
    bubble = shown(phone, of_template(text("header", "Ana")))
    assert (bubble.header, bubble.body, bubble.footer) == ("Oi, Ana", "Escolha.", "Responda SAIR")


@pytest.mark.parametrize(("count", "under_the_text", "in_the_sheet"), [(3, 3, 0), (4, 2, 4)])
def test_more_than_three_buttons_go_into_a_sheet(
    phone: SimulatedPhone, count: int, under_the_text: int, in_the_sheet: int
) -> None:
    with_buttons(count)
    bubble = shown(phone, of_template(text("body", "Ana")))
    assert len(bubble.buttons_shown) == under_the_text
    assert len(bubble.buttons_in_sheet) == in_the_sheet


def test_each_button_of_a_template_does_what_its_type_says(phone: SimulatedPhone) -> None:
    buttons = [
        {"type": "QUICK_REPLY", "text": "Continuar"},
        {"type": "URL", "text": "Abrir", "url": "https://a.b/{{1}}"},
        {"type": "PHONE_NUMBER", "text": "Ligar", "phone_number": "+551130000000"},
        {"type": "OTP", "otp_type": "COPY_CODE", "text": "Copiar"},
        {"type": "FLOW", "text": "Formulário", "flow_id": "1"},
    ]
    template({"type": "BODY", "text": "Oi"}, {"type": "BUTTONS", "buttons": buttons})
    link = text("button", "x?y", sub_type="url", index="1")
    code = text("button", "4321", sub_type="url", index="3")
    assert shown(phone, of_template(link, code)).buttons == [
        Button(does=Does.TEMPLATE_REPLY, text="Continuar", value="0"),
        Button(does=Does.LINK, text="Abrir", value="https://a.b/x?y"),
        Button(does=Does.CALL, text="Ligar", value="+551130000000"),
        Button(does=Does.COPY, text="Copiar", value="4321"),
        Button(does=Does.NOTHING, text="Formulário"),
    ]


def test_a_code_is_shown_in_whatsapps_own_words(phone: SimulatedPhone) -> None:
    footer = {"type": "FOOTER", "code_expiration_minutes": 10}
    template({"type": "BODY"}, footer, category="AUTHENTICATION")
    bubble = shown(phone, of_template(text("body", "4321")))
    assert (bubble.code, bubble.minutes) == ("4321", 10)


def test_of_a_template_that_was_forgotten_what_filled_it_in_is_left(phone: SimulatedPhone) -> None:
    bubble = shown(phone, of_template(text("body", "Ana", "Nubank")))
    assert bubble.body == "Ana\nNubank"
    assert bubble.buttons == []


def test_what_a_person_picked_is_shown_with_what_it_answers(phone: SimulatedPhone) -> None:
    asked = store(phone, message("interactive", LIST))
    reply = {"id": "bank:nubank", "title": "Nubank", "description": "Banco"}
    answer = {
        "type": "interactive",
        "context": {"id": asked.wamid},
        "interactive": {"type": "list_reply", "list_reply": reply},
    }
    bubble = shown(phone, answer, is_from_person=True)
    assert (bubble.header, bubble.body) == ("Nubank", "Banco")
    assert bubble.answers is not None
    assert bubble.answers.body == "Escolha"


@pytest.mark.parametrize(
    ("payload", "body"),
    [
        ({"type": "text", "text": {"body": "oi"}}, "oi"),
        ({"type": "button", "button": {"text": "Outro", "payload": "x"}}, "Outro"),
        (
            {
                "type": "interactive",
                "interactive": {"type": "button_reply", "button_reply": {"title": "Sim"}},
            },
            "Sim",
        ),
    ],
)
def test_what_a_person_sent_is_shown_as_its_words(
    phone: SimulatedPhone, payload: dict[str, Any], body: str
) -> None:
    assert shown(phone, payload, is_from_person=True).body == body


def test_the_answer_of_a_flow_is_shown_without_what_it_says(phone: SimulatedPhone) -> None:
    reply = {"name": "flow", "body": "Sent", "response_json": "{}"}
    answer = {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": reply}}
    bubble = shown(phone, answer, is_from_person=True)
    assert bubble.is_flow_reply
    assert bubble.body == ""


def test_bubbles_cost_two_queries_however_many(
    phone: SimulatedPhone, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with_buttons(2)
    asked = [store(phone, of_template(text("body", str(number)))) for number in range(10)]
    answers = [
        store(phone, {**message(), "context": {"id": question.wamid}}, is_from_person=True)
        for question in asked
    ]
    with django_assert_num_queries(2):
        bubbles.show([*asked, *answers])
