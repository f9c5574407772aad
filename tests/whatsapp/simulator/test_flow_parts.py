from typing import Any

import pytest
from django.template.loader import get_template
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.simulator.flow_player import parts
from whatsapp.simulator.flow_player.bindings import Scope
from whatsapp.simulator.flow_player.parts import Part
from whatsapp.simulator.templatetags.flow_text import flow_lines, flow_markdown


def shown(
    *components: dict[str, Any], form: dict[str, Any] | None = None, **data: Any
) -> list[Part]:
    screen = {"layout": {"children": list(components)}}
    return list(parts.show(screen, Scope(data=data, form=form or {})))


def test_the_words_of_a_part_are_filled_in_and_its_action_is_not() -> None:
    action = {"name": "data_exchange", "payload": {"bank": "${form.bank}"}}
    (part,) = shown(
        {"type": "Footer", "label": "${data.words}", "on-click-action": action}, words="Continuar"
    )
    assert part.shows["label"] == "Continuar"
    assert part.action == action


def test_what_is_not_visible_is_not_shown_and_the_others_keep_their_numbers() -> None:
    hidden = {"type": "TextBody", "text": "Nada", "visible": "${data.nothing}"}
    link = {"type": "EmbeddedLink", "text": "Buscar"}
    assert [part.number for part in shown(hidden, link, nothing=False)] == [1]
    assert [part.number for part in shown(hidden, link, nothing=True)] == [0, 1]


def test_a_form_shows_what_it_holds() -> None:
    entry = {"type": "TextInput", "name": "query", "label": "Nome"}
    (part,) = shown({"type": "Form", "name": "f", "children": [entry]})
    assert part.name == "query"


def test_a_part_has_what_was_put_in_before_what_it_began_with() -> None:
    entry = {"type": "TextInput", "name": "query", "init-value": "nu"}
    assert shown(entry)[0].value == "nu"
    assert shown(entry, form={"query": "itaú"})[0].value == "itaú"


SCREEN = (
    {"type": "TextInput", "name": "query", "required": False},
    {"type": "RadioButtonsGroup", "name": "bank", "required": True},
    {"type": "CheckboxGroup", "name": "kinds", "required": True},
    {"type": "OptIn", "name": "agrees", "required": True},
    {"type": "Footer", "label": "Continuar"},
)


def test_a_posted_form_is_read_as_each_part_means_it() -> None:
    posted = {"query": [""], "bank": ["nubank"], "kinds": ["a", "b"], "agrees": ["1"], "x": ["y"]}
    values = {"query": "", "bank": "nubank", "kinds": ["a", "b"], "agrees": True}
    assert parts.values(shown(*SCREEN), posted) == values


def test_what_nobody_touched_has_no_value() -> None:
    assert parts.values(shown(*SCREEN), {}) == {"kinds": [], "agrees": False}


def test_required_parts_that_are_empty_are_missing() -> None:
    screen = shown(*SCREEN)
    assert parts.missing(screen, {"kinds": [], "agrees": False}) == ["bank", "kinds", "agrees"]
    assert parts.missing(screen, {"bank": "nubank", "kinds": ["a"], "agrees": True}) == []


def test_choosing_may_be_tapping() -> None:
    action = {"name": "data_exchange", "payload": {}}
    (part,) = shown({"type": "Dropdown", "name": "bank", "on-select-action": action})
    assert part.acts_at_once
    assert part.action == action


@pytest.mark.parametrize(
    "kind",
    [
        "TextHeading",
        "TextSubheading",
        "TextBody",
        "TextCaption",
        "TextInput",
        "RadioButtonsGroup",
        "CheckboxGroup",
        "Dropdown",
        "EmbeddedLink",
        "Image",
        "OptIn",
        "Footer",
        "ImageCarousel",
    ],
)
def test_every_part_has_a_template_and_the_unknown_one_says_so(kind: str) -> None:
    (part,) = shown({"type": kind, "text": "Oi", "label": "Oi"})
    said = get_template(part.template).render({"part": part, "shows": part.shows, "session": None})
    assert ("O simulador não mostra" in said) == (kind == "ImageCarousel")


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("um **forte** e *leve*", "<p>um <strong>forte</strong> e <em>leve</em></p>"),
        ("~~fora~~ 2 * 3 * 4", "<p><s>fora</s> 2 * 3 * 4</p>"),
        (["1. Abra", "2. Autorize"], "<ol><li>Abra</li><li>Autorize</li></ol>"),
        (
            ["Pedimos:", "+ Contas", "- Cartões"],
            "<p>Pedimos:</p><ul><li>Contas</li><li>Cartões</li></ul>",
        ),
        (
            "veja [a política](https://a.b/c)",
            '<p>veja <a href="https://a.b/c" target="_blank" rel="noopener">a política</a></p>',
        ),
        ("[x](javascript:alert)", "<p>[x](javascript:alert)</p>"),
    ],
)
def test_the_markdown_of_flows_is_shown(text: str | list[str], markup: str) -> None:
    assert flow_markdown(text) == markup


@given(st.text(), st.text())
def test_no_text_of_a_flow_brings_its_own_markup(before: str, after: str) -> None:
    shown = flow_markdown(f'{before}<script>[x](https://a.b/"onclick="{after})')
    assert "<script" not in shown
    assert '"onclick' not in shown


def test_a_text_has_lines_however_it_comes() -> None:
    assert flow_lines("um\ndois") == ["um", "dois"]
    assert flow_lines(["um", "dois"]) == ["um", "dois"]
