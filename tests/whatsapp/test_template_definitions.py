"""Reference §2.3: what Meta refuses cannot be defined, and what it is told of the rest."""

from typing import Any

import pytest

from whatsapp.messages import InvalidMessage
from whatsapp.template_definitions import (
    Category,
    CodeTemplate,
    ReplyButton,
    TextTemplate,
    UrlButton,
    are_alike,
)

REPLY = ReplyButton(text="Renovar")
OTHER_REPLY = ReplyButton(text="Agora não")
URL = UrlButton(text="Ver planos", url="https://pierre.finance/plans")


def template(**changes: Any) -> TextTemplate:
    given: dict[str, Any] = {
        "name": "conexao_vencendo",
        "category": Category.UTILITY,
        "body": "A conexão com {{banco}} vale até {{data}}, e pode ser renovada.",
        "examples": {"banco": "Nubank", "data": "1º de dezembro"},
    }
    return TextTemplate(**given | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Conexao"},
        {"name": "conexão"},
        {"name": "a" * 513},
        {"body": ""},
        {"body": "a" * 1025, "examples": {}},
        {"body": "{{banco}} vence em {{data}}, renove."},
        {"body": "Vence em {{data}} o banco {{banco}}"},
        {"body": "Vence em {{data}} o banco {{banco}}\n"},
        {"body": "Vence {{data}} {{banco}} logo."},
        {"body": "Vence {{data}}{{banco}} logo."},
        {"body": "Vence {{data}} logo."},
        {"examples": {"banco": "Nubank"}},
        {"examples": {"banco": "Nubank", "data": ""}},
        {"footer": "a" * 61},
        {"footer": "Duas\nlinhas"},
        {"buttons": (REPLY, REPLY)},
        {"buttons": tuple(ReplyButton(text=str(number)) for number in range(11))},
        {"buttons": (REPLY, URL, OTHER_REPLY)},
        {"buttons": tuple(UrlButton(text=name, url="https://a.example") for name in "abc")},
    ],
)
def test_what_meta_refuses_cannot_be_defined(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessage):
        template(**changes)


@pytest.mark.parametrize("text", ["", "a" * 26, "Duas\nlinhas"])
def test_a_buttons_text_has_a_line_of_25(text: str) -> None:
    with pytest.raises(InvalidMessage):
        ReplyButton(text=text)
    with pytest.raises(InvalidMessage):
        UrlButton(text=text, url="https://a.example")
    with pytest.raises(InvalidMessage):
        CodeTemplate(name="codigo", minutes=10, button=text)


def test_the_longest_that_meta_takes_can_be_defined() -> None:
    replies = (ReplyButton(text=f"{number:025}") for number in range(8))
    assert template(buttons=(*replies, URL), footer="a" * 60, body="a" * 1024, examples={}).buttons


def test_a_template_is_told_with_an_example_for_each_variable() -> None:
    content = template(footer="Responda SAIR", buttons=(REPLY, URL)).content()
    body, footer, buttons = content["components"]
    assert content["parameter_format"] == "named"
    assert body["example"]["body_text_named_params"] == [
        {"param_name": "banco", "example": "Nubank"},
        {"param_name": "data", "example": "1º de dezembro"},
    ]
    assert footer == {"type": "FOOTER", "text": "Responda SAIR"}
    assert [button["type"] for button in buttons["buttons"]] == ["QUICK_REPLY", "URL"]


def test_a_code_is_told_without_words_of_ours() -> None:
    body, footer, buttons = CodeTemplate(name="codigo", minutes=10, button="Copiar").content()[
        "components"
    ]
    assert body == {"type": "BODY", "add_security_recommendation": True}
    assert footer == {"type": "FOOTER", "code_expiration_minutes": 10}
    assert buttons["buttons"] == [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copiar"}]


def test_a_template_is_like_what_meta_made_of_it() -> None:
    ours = template(footer="Responda SAIR", buttons=(REPLY, URL))
    body, footer, buttons = ours.content()["components"]
    theirs = [footer, {"type": "BODY", "text": f"{body['text']}\n"}, {**buttons, "added": 1}]
    assert ours.is_like(theirs)


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "A conexão com {{banco}} acaba em {{data}}, e pode ser renovada."},
        {"footer": ""},
        {"buttons": (REPLY,)},
        {"buttons": (URL, REPLY)},
        {"buttons": (REPLY, UrlButton(text="Ver planos", url="https://pierre.finance/other"))},
    ],
)
def test_a_template_is_not_like_another_one(changes: dict[str, Any]) -> None:
    ours = template(footer="Responda SAIR", buttons=(REPLY, URL))
    other = template(**{"footer": "Responda SAIR", "buttons": (REPLY, URL)} | changes)
    assert not ours.is_like(other.content()["components"])
    assert not are_alike(ours.content()["components"], other.content()["components"])


@pytest.mark.parametrize(
    ("components", "is_like"),
    [
        ([{"type": "BODY", "text": "*{{1}}* é seu código."}, {"type": "FOOTER"}], True),
        ([{"type": "BODY", "add_security_recommendation": True}], True),
        ([{"type": "BODY", "add_security_recommendation": False}], False),
        ([{"type": "FOOTER", "code_expiration_minutes": 10}], True),
        ([{"type": "FOOTER", "code_expiration_minutes": 5}], False),
    ],
)
def test_a_code_is_compared_as_far_as_meta_tells(
    components: list[dict[str, Any]],
    is_like: bool,  # noqa: FBT001
) -> None:
    assert CodeTemplate(name="codigo", minutes=10, button="Copiar").is_like(components) == is_like
