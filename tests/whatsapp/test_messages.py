import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from whatsapp.messages import (
    CtaUrl,
    InteractiveList,
    InvalidMessage,
    Message,
    QuickReply,
    ReplyButton,
    ReplyButtons,
    Row,
    Section,
    Template,
    Text,
    TextParameter,
    UrlSuffix,
)
from whatsapp.providers import payloads


def row(**changes: str) -> Row:
    return Row(**{"id": "bank:1a2b", "title": "Nubank"} | changes)


def section(**changes: Any) -> Section:
    return Section(**{"rows": (row(),)} | changes)


def bank_list(**changes: Any) -> InteractiveList:
    return InteractiveList(
        **{"body": "Escolha", "button": "Ver bancos", "sections": (section(),)} | changes
    )


def button(**changes: str) -> ReplyButton:
    return ReplyButton(**{"id": "cn:retry", "title": "Tentar de novo"} | changes)


def buttons(**changes: Any) -> ReplyButtons:
    return ReplyButtons(**{"body": "Falhou", "buttons": (button(),)} | changes)


def link(**changes: str) -> CtaUrl:
    return CtaUrl(
        **{"body": "Veja", "display_text": "Abrir", "url": "https://of.example"} | changes
    )


def parameter(**changes: str) -> TextParameter:
    return TextParameter(**{"text": "Ana"} | changes)


def suffix(**changes: Any) -> UrlSuffix:
    return UrlSuffix(**dict[str, Any](index=0, text="abc") | changes)


def quick_reply(**changes: Any) -> QuickReply:
    return QuickReply(**dict[str, Any](index=0, payload="go") | changes)


def template(**changes: Any) -> Template:
    return Template(**{"name": "conexao_pendente", "language": "pt_BR"} | changes)


def text(**changes: Any) -> Text:
    return Text(**{"body": "Olá!"} | changes)


Build = Callable[..., object]

TEXTS = [
    (text, "body", "text.body", 4096),
    (row, "id", "row.id", 200),
    (row, "title", "row.title", 24),
    (row, "description", "row.description", 72),
    (section, "title", "section.title", 24),
    (bank_list, "body", "list.body", 1024),
    (bank_list, "button", "list.button", 20),
    (bank_list, "header", "list.header", 60),
    (bank_list, "footer", "list.footer", 60),
    (button, "id", "button.id", 256),
    (button, "title", "button.title", 20),
    (buttons, "body", "reply_buttons.body", 1024),
    (buttons, "header", "reply_buttons.header", 60),
    (buttons, "footer", "reply_buttons.footer", 60),
    (link, "body", "cta_url.body", 1024),
    (link, "display_text", "cta_url.display_text", 20),
    (link, "header", "cta_url.header", 60),
    (link, "footer", "cta_url.footer", 60),
    (template, "name", "template.name", 512),
    (parameter, "text", "parameter.text", 1024),
    (suffix, "text", "url_suffix.text", 2000),
    (quick_reply, "payload", "quick_reply.payload", 128),
]
OPTIONAL = {"description", "header", "footer"}
BODIES = {"body"}


@pytest.mark.parametrize(("build", "name", "path", "limit"), TEXTS)
def test_a_text_at_the_limit_is_allowed_and_one_over_is_not(
    build: Build, name: str, path: str, limit: int
) -> None:
    build(**{name: "x" * limit})
    with pytest.raises(InvalidMessage) as refused:
        build(**{name: "x" * (limit + 1)})
    assert (refused.value.field, refused.value.length, refused.value.limit) == (
        path,
        limit + 1,
        limit,
    )
    assert str(refused.value) == f"{path} is too long (length {limit + 1}, limit {limit})"


@pytest.mark.parametrize(("build", "name", "path", "limit"), TEXTS)
def test_an_emoji_counts_for_two(build: Build, name: str, path: str, limit: int) -> None:
    with pytest.raises(InvalidMessage) as refused:
        build(**{name: "x" * (limit - 1) + "🏦"})
    assert (refused.value.field, refused.value.length) == (path, limit + 1)


@pytest.mark.parametrize(("build", "name", "path", "limit"), TEXTS)
def test_a_blank_text_is_refused(build: Build, name: str, path: str, limit: int) -> None:
    with pytest.raises(InvalidMessage, match="is blank") as refused:
        build(**{name: "   "})
    assert (refused.value.field, refused.value.limit) == (path, limit)


@pytest.mark.parametrize(
    ("build", "name", "path"),
    [
        (b, name, path)
        for b, name, path, _ in TEXTS
        if name not in OPTIONAL and path != "section.title"
    ],
)
def test_a_required_text_cannot_be_empty(build: Build, name: str, path: str) -> None:
    with pytest.raises(InvalidMessage, match="is blank") as refused:
        build(**{name: ""})
    assert refused.value.length == 0


@pytest.mark.parametrize("character", ["\x00", "\t", "\r", "\x1b", "\x7f", "\x85", "\ud800"])
@pytest.mark.parametrize(("build", "name", "path", "limit"), TEXTS)
def test_a_control_character_is_refused(
    build: Build, name: str, path: str, limit: int, character: str
) -> None:
    with pytest.raises(InvalidMessage) as refused:
        build(**{name: f"a{character}b"})
    assert (refused.value.field, refused.value.problem) == (path, "has a control character")


@pytest.mark.parametrize(("build", "name", "path", "limit"), TEXTS)
def test_a_newline_is_for_bodies_only(build: Build, name: str, path: str, limit: int) -> None:
    if name in BODIES:
        assert build(body="1. Escolha\n2. Autorize")
        return
    with pytest.raises(InvalidMessage, match="control character") as refused:
        build(**{name: "a\nb"})
    assert refused.value.field == path


@pytest.mark.parametrize(
    ("build", "path", "length", "limit"),
    [
        (lambda: section(rows=()), "section.rows", 0, 10),
        (lambda: section(rows=rows(11)), "section.rows", 11, 10),
        (lambda: bank_list(sections=()), "list.sections", 0, 10),
        (lambda: bank_list(sections=titled(11)), "list.sections", 11, 10),
        (
            lambda: bank_list(sections=(section(rows=rows(10)), *titled(1)), body="x"),
            "list.sections[0].title",
            0,
            24,
        ),
        (
            lambda: bank_list(sections=(section(rows=rows(10), title="Mais"), *titled(1))),
            "list.sections.rows",
            11,
            10,
        ),
        (
            lambda: bank_list(sections=(section(rows=(row(), row())),)),
            "list.sections.rows.id",
            2,
            10,
        ),
        (lambda: buttons(buttons=()), "reply_buttons.buttons", 0, 3),
        (lambda: buttons(buttons=tuple(button() for _ in range(4))), "reply_buttons.buttons", 4, 3),
        (
            lambda: buttons(buttons=(button(id="1"), button(id="2"))),
            "reply_buttons.buttons.title",
            2,
            3,
        ),
        (
            lambda: buttons(buttons=(button(title="Sim"), button(title="Não"))),
            "reply_buttons.buttons.id",
            2,
            3,
        ),
        (lambda: template(buttons=(suffix(), quick_reply())), "template.buttons.index", 2, 10),
        (lambda: suffix(index=10), "button.index", 10, 9),
        (lambda: quick_reply(index=-1), "button.index", -1, 9),
        (
            lambda: template(body=(parameter(name="nome"), parameter())),
            "template.body.name",
            1,
            2,
        ),
        (
            lambda: template(body=(parameter(name="nome"), parameter(name="nome"))),
            "template.body.name",
            2,
            2,
        ),
    ],
)
def test_what_is_counted_has_a_limit_too(build: Build, path: str, length: int, limit: int) -> None:
    with pytest.raises(InvalidMessage) as refused:
        build()
    assert (refused.value.field, refused.value.length, refused.value.limit) == (path, length, limit)


def rows(count: int) -> tuple[Row, ...]:
    return tuple(row(id=f"bank:{number}") for number in range(count))


def titled(count: int) -> tuple[Section, ...]:
    return tuple(section(title=f"S{n}", rows=(row(id=f"s{n}"),)) for n in range(count))


def test_ten_rows_in_ten_sections_and_three_buttons_are_allowed() -> None:
    assert len(bank_list(sections=titled(10)).sections) == 10
    assert len(buttons(buttons=tuple(button(id=n, title=n) for n in "123")).buttons) == 3


@pytest.mark.parametrize(
    "url",
    [
        "of.example",
        "//of.example",
        "ftp://of.example",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://[::1",
        "https://of.example:port",
        "https://of.example/a b",
    ],
)
def test_a_cta_opens_only_web_addresses(url: str) -> None:
    with pytest.raises(InvalidMessage, match=r"cta_url\.url is not an http\(s\) URL"):
        link(url=url)


def test_a_cta_url_is_at_most_2000_long() -> None:
    base = "https://of.example/"
    link(url=base + "x" * (2000 - len(base)))
    with pytest.raises(InvalidMessage) as refused:
        link(url=base + "x" * (2001 - len(base)))
    assert (refused.value.field, refused.value.length, refused.value.limit) == (
        "cta_url.url",
        2001,
        2000,
    )


def test_a_preview_needs_a_url_in_the_body() -> None:
    assert text(body="Veja HTTPS://of.example", preview_url=True).preview_url
    with pytest.raises(InvalidMessage, match=r"text\.preview_url needs"):
        text(body="Veja of.example", preview_url=True)


@pytest.mark.parametrize("name", ["Conexao", "conexão", "conexao-pendente", "conexao pendente"])
def test_a_template_name_is_lowercase(name: str) -> None:
    with pytest.raises(InvalidMessage, match=r"template\.name is not of the right form"):
        template(name=name)


@pytest.mark.parametrize("language", ["pt-BR", "portugues", "PT", "pt_br", "pt_"])
def test_a_template_language_is_a_code_with_an_underscore(language: str) -> None:
    with pytest.raises(InvalidMessage, match=r"template\.language is not of the right form"):
        template(language=language)


def test_a_parameter_has_at_most_four_spaces_in_a_row() -> None:
    parameter(text="a    b")
    with pytest.raises(InvalidMessage, match="more than 4 spaces"):
        parameter(text="a     b")


def test_a_url_suffix_has_no_space() -> None:
    with pytest.raises(InvalidMessage, match=r"url_suffix\.text is not of the right form"):
        suffix(text="a b")


def test_an_error_never_repeats_the_content() -> None:
    with pytest.raises(InvalidMessage) as refused:
        row(title="segredo" * 10)
    assert "segredo" not in repr(refused.value) + str(refused.value)


def test_a_value_cannot_be_changed_after_its_checks() -> None:
    with pytest.raises(FrozenInstanceError):
        row().title = "x" * 100  # type: ignore[misc]


CASES: list[tuple[Message, str, dict[str, Any]]] = [
    (
        Text(body="Olá!"),
        "text",
        {"type": "text", "text": {"body": "Olá!", "preview_url": False}},
    ),
    (
        InteractiveList(
            header="Conectar banco",
            body="Escolha a instituição",
            footer="Open Finance",
            button="Ver bancos",
            sections=(
                Section(
                    title="Mais usados",
                    rows=(Row(id="bank:1a2b", title="Nubank", description="Pessoa física"),),
                ),
            ),
        ),
        "interactive_list",
        {
            "type": "interactive",
            "interactive": {
                "type": "list",
                "header": {"type": "text", "text": "Conectar banco"},
                "body": {"text": "Escolha a instituição"},
                "footer": {"text": "Open Finance"},
                "action": {
                    "button": "Ver bancos",
                    "sections": [
                        {
                            "title": "Mais usados",
                            "rows": [
                                {
                                    "id": "bank:1a2b",
                                    "title": "Nubank",
                                    "description": "Pessoa física",
                                }
                            ],
                        }
                    ],
                },
            },
        },
    ),
    (
        InteractiveList(
            body="Escolha", button="Ver", sections=(Section(rows=(Row(id="1", title="Inter"),)),)
        ),
        "interactive_list",
        {
            "type": "interactive",
            "interactive": {
                "type": "list",
                "body": {"text": "Escolha"},
                "action": {
                    "button": "Ver",
                    "sections": [{"rows": [{"id": "1", "title": "Inter"}]}],
                },
            },
        },
    ),
    (
        ReplyButtons(body="…", buttons=(ReplyButton(id="cn:retry", title="Tentar de novo"),)),
        "reply_buttons",
        {
            "type": "interactive",
            "interactive": {
                "type": "button",
                "body": {"text": "…"},
                "action": {
                    "buttons": [
                        {"type": "reply", "reply": {"id": "cn:retry", "title": "Tentar de novo"}}
                    ]
                },
            },
        },
    ),
    (
        CtaUrl(body="…", display_text="Autorizar no banco", url="https://of.example/r/t"),
        "cta_url",
        {
            "type": "interactive",
            "interactive": {
                "type": "cta_url",
                "body": {"text": "…"},
                "action": {
                    "name": "cta_url",
                    "parameters": {
                        "display_text": "Autorizar no banco",
                        "url": "https://of.example/r/t",
                    },
                },
            },
        },
    ),
    (
        Template(
            name="conexao_pendente",
            language="pt_BR",
            body=(TextParameter(text="Ana"),),
            buttons=(UrlSuffix(index=0, text="abc"), QuickReply(index=1, payload="later")),
        ),
        "template",
        {
            "type": "template",
            "template": {
                "name": "conexao_pendente",
                "language": {"code": "pt_BR"},
                "components": [
                    {"type": "body", "parameters": [{"type": "text", "text": "Ana"}]},
                    {
                        "type": "button",
                        "sub_type": "url",
                        "index": "0",
                        "parameters": [{"type": "text", "text": "abc"}],
                    },
                    {
                        "type": "button",
                        "sub_type": "quick_reply",
                        "index": "1",
                        "parameters": [{"type": "payload", "payload": "later"}],
                    },
                ],
            },
        },
    ),
    (
        Template(name="oi", language="en", body=(TextParameter(text="Ana", name="first_name"),)),
        "template",
        {
            "type": "template",
            "template": {
                "name": "oi",
                "language": {"code": "en"},
                "components": [
                    {
                        "type": "body",
                        "parameters": [
                            {"type": "text", "parameter_name": "first_name", "text": "Ana"}
                        ],
                    }
                ],
            },
        },
    ),
    (
        Template(name="oi", language="pt_BR"),
        "template",
        {"type": "template", "template": {"name": "oi", "language": {"code": "pt_BR"}}},
    ),
]


@pytest.mark.parametrize(("message", "kind", "expected"), CASES)
def test_a_message_is_serialised_as_the_reference_shows(
    message: Message, kind: str, expected: dict[str, Any]
) -> None:
    assert payloads.content(message) == expected
    assert message.kind == kind


def test_the_envelope_carries_the_phone_and_the_callback_data() -> None:
    assert payloads.envelope(
        to="+5511987654321", content=payloads.content(text()), callback_data="uuid"
    ) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+5511987654321",
        "type": "text",
        "text": {"body": "Olá!", "preview_url": False},
        "biz_opaque_callback_data": "uuid",
    }


def words(*, most: int) -> st.SearchStrategy[str]:
    """Draw texts around a limit, of letters that weigh one and two, seldom blank."""
    return st.text(st.sampled_from("aaaaaaé🏦 "), min_size=1, max_size=most)


def built(build: Callable[[], Message]) -> Message:
    """Return the message, or leave what is refused out of the property."""
    try:
        return build()
    except InvalidMessage:
        reject()


@given(words(most=40), words(most=22), words(most=26), words(most=74))
def test_whatever_can_be_built_is_json_within_the_limits(
    body: str, button_text: str, title: str, description: str
) -> None:
    message = built(
        lambda: bank_list(
            body=body,
            button=button_text,
            sections=(section(rows=(row(title=title, description=description),)),),
        )
    )
    sent = json.dumps(payloads.content(message), ensure_ascii=False).encode()
    interactive = json.loads(sent)["interactive"]
    [listed] = interactive["action"]["sections"][0]["rows"]
    assert 0 < units(interactive["action"]["button"]) <= 20
    assert (units(listed["title"]) <= 24, units(listed["description"]) <= 72) == (True, True)


@given(st.text(max_size=300))
def test_whatever_text_can_be_built_arrives_as_it_was(body: str) -> None:
    message = built(lambda: text(body=body))
    sent = json.dumps(payloads.content(message), ensure_ascii=False).encode()
    assert json.loads(sent)["text"]["body"] == body
    assert 0 < units(body) <= 4096


def units(told: str) -> int:
    return len(told.encode("utf-16-le")) // 2
