"""A template goes out when Meta approved it, and filled in as it was approved."""

from typing import Any

import pytest
from django.test import Client

from tests.whatsapp.simulator.bodies import message
from tests.whatsapp.simulator.conftest import Send
from tests.whatsapp.simulator.test_graph import change
from whatsapp.simulator.models import SimulatedPhone, SimulatedTemplate

# What the second button is not: that one opens an address.
OTHER_TYPE = {
    "type": "button",
    "sub_type": "copy_code",
    "index": "1",
    "parameters": [{"type": "coupon_code", "coupon_code": "ABC"}],
}

pytestmark = pytest.mark.usefixtures("account")


def code_of(answer: Any) -> int | None:
    code: int | None = answer.json().get("error", {}).get("code")
    return code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("PENDING", 132001),
        ("REJECTED", 132001),
        ("PAUSED", 132015),
        ("DISABLED", 132016),
        ("APPROVED", None),
    ],
)
def test_only_an_approved_one_goes_out(
    send: Send, client: Client, status: str, code: int | None
) -> None:
    facts = {"name": "conexao_pendente", "status": status}
    client.post("/simulator/review", {"verdict": "NONE"}, content_type="application/json")
    client.post("/simulator/templates", facts, content_type="application/json")
    assert code_of(send(message("template"))) == code


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("name", "outro", 132001),
        ("language.code", "en_US", 132001),
        ("language.code", "pt-BR", None),
        (
            "components.0",
            {"type": "body", "parameters": [{"type": "text", "text": "a"}] * 2},
            132000,
        ),
        ("components.0", None, 132000),
        ("components.0.parameters.0.parameter_name", "nome", 132012),
        ("components.1", None, None),
        ("components.1.index", "2", 132018),
        ("components.1.index", "1", 131009),
        ("components.2", OTHER_TYPE, 132012),
        ("components.1.index", "dois", 131009),
        ("components.2", None, 131008),
        ("components.2.sub_type", "voice_call", 131009),
        ("components.2.parameters.0.type", "payload", 131009),
    ],
)
def test_it_is_filled_in_as_it_was_approved(
    send: Send, path: str, value: Any, code: int | None
) -> None:
    body = change(message("template"), f"template.{path}", value)
    assert code_of(send(body)) == code


@pytest.mark.parametrize(("name", "code"), [("nome", None), ("banco", 132012), (None, 132012)])
def test_names_must_be_those_of_the_template(
    send: Send, name: str | None, code: int | None
) -> None:
    SimulatedTemplate.objects.update(
        parameter_format="NAMED",
        components=[{"type": "BODY", "text": "Oi, {{nome}}!"}],
    )
    named = {"parameter_name": name} if name else {}
    parameters = [{"type": "text", "text": "Ana", **named}]
    body = message("template")
    body["template"]["components"] = [{"type": "body", "parameters": parameters}]
    assert code_of(send(body)) == code


def test_an_address_that_is_whole_takes_no_parameter(send: Send) -> None:
    buttons = {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "A", "url": "https://a.b"}]}
    SimulatedTemplate.objects.update(components=[{"type": "BODY", "text": "Oi!"}, buttons])
    body = message("template")
    body["template"]["components"] = [{**body["template"]["components"][2], "index": "0"}]
    assert code_of(send(body)) == 132012
    del body["template"]["components"]
    assert code_of(send(body)) is None


def test_a_code_goes_to_numbers_only(send: Send, phone: SimulatedPhone) -> None:
    otp = {"type": "OTP", "otp_type": "COPY_CODE", "text": "Copiar"}
    SimulatedTemplate.objects.update(
        category="AUTHENTICATION",
        components=[{"type": "BODY"}, {"type": "BUTTONS", "buttons": [otp]}],
    )
    code = [{"type": "text", "text": "123456"}]
    body = message("template")
    body["template"]["components"] = [
        {"type": "body", "parameters": code},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": code},
    ]
    assert code_of(send(body)) is None
    del body["to"]
    assert code_of(send({**body, "recipient": phone.user_id})) == 131062
