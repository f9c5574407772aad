"""A Flow JSON that is right has no problems; each broken copy is told what broke it."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.whatsapp.native_flow.sample import (
    CLOSE,
    DELETED,
    END,
    ENTRY,
    HEADING,
    KIND,
    MESSAGE,
    NAME,
    NEXT,
    POLICY,
    SAMPLE,
    SEARCH,
    changed,
    data,
    part,
)
from whatsapp.native_flow import definition
from whatsapp.native_flow.exceptions import InvalidDefinition

Change = tuple[tuple[str | int, ...], Any]
CHILDREN = ("screens", ENTRY, "layout", "children")
KINDS = data("kinds", "__example__")
LINK = {
    "type": "EmbeddedLink",
    "text": "More",
    "on-click-action": {"name": "data_exchange", "payload": {}},
}
CONDITION = {"type": "If", "condition": "${data.count} > 1", "then": []}
CHOICE = {"type": "Switch", "value": "${form.kind}"}
VIDEO = {"type": "Video"}
BODY = {"type": "TextBody", "text": "Text"}


def options(count: int, **extra: Any) -> list[dict[str, Any]]:
    return [{"id": str(number), "title": str(number), **extra} for number in range(count)]


def kinds(options: Any) -> Change:
    return part(ENTRY, KIND, "data-source"), options


def with_more(*components: dict[str, Any]) -> Change:
    return CHILDREN, [*SAMPLE["screens"][ENTRY]["layout"]["children"], *components]


def image(size: int) -> str:
    return base64.b64encode(b"x" * size).decode()


def test_a_right_definition_has_no_problems() -> None:
    assert definition.check(SAMPLE) == []


WRONG_FLOW: list[tuple[Change, str]] = [
    ((("version",), "6.3"), "version: expected one of 7.0, 7.1, 7.2, 7.3"),
    ((("version",), DELETED), "version: expected one of 7.0, 7.1, 7.2, 7.3"),
    ((("version",), 7.3), "version: expected one of 7.0, 7.1, 7.2, 7.3"),
    ((("data_api_version",), "2.0"), "data_api_version: expected one of 3.0, 4.0"),
    ((("screens",), []), "screens: expected a list of at least one screen"),
    ((("screens", ENTRY), "ENTRY"), "screens[0]: expected an object with an id"),
    ((("screens", ENTRY, "data"), []), "ENTRY.data: expected an object"),
    ((("screens", ENTRY, "layout"), {}), "ENTRY.layout: expected a SingleColumnLayout"),
    ((CHILDREN, None), "ENTRY: expected a list of components"),
    ((part(ENTRY, HEADING), "text"), "ENTRY[0]: expected an object with a type"),
    ((("screens", ENTRY, "title"), None), "flow.screens[0].title: null is not allowed"),
    ((("screens", ENTRY, "title"), "x" * 11_000_000), "flow: is larger than 10485760 bytes"),
]

WRONG_SCREENS: list[tuple[Change, str]] = [
    ((("screens", ENTRY, "success"), True), "ENTRY: only a terminal screen has success"),
    ((("screens", END, "success"), False), "screens: no terminal screen is a success"),
    ((part(ENTRY, KIND, "name"), "name"), "ENTRY: 2 components are named name"),
    (with_more(*[BODY] * 45), "ENTRY: 51 components, at most 50"),
    (with_more(LINK), "ENTRY: 3 of EmbeddedLink, at most 2"),
    (with_more({"type": "If", "condition": "${data.is_new}", "then": [LINK]}), "ENTRY: 3 of"),
    (with_more(SAMPLE["screens"][ENTRY]["layout"]["children"][NEXT]), "ENTRY: 2 of Footer"),
]

WRONG_ROUTES: list[tuple[Change, str]] = [
    ((("routing_model",), DELETED), "routing_model: is needed with data_api_version"),
    ((("routing_model",), []), "routing_model: expected a list of screen ids for each screen"),
    ((("routing_model", "ENTRY"), "END"), "routing_model: expected a list of screen ids"),
    ((("routing_model", "END"), DELETED), "routing_model: END is missing"),
    ((("routing_model", "LOST"), ["END"]), "routing_model: LOST is not a screen"),
    ((("routing_model", "ENTRY"), ["END", "LOST"]), "ENTRY leads to LOST, which is not a screen"),
    ((("routing_model", "ENTRY"), ["END"] * 11), "ENTRY has 11 branches, at most 10"),
]

WRONG_DATA: list[tuple[Change, str]] = [
    ((data("is_new", "__example__"), DELETED), "ENTRY.data.is_new: __example__ is missing"),
    ((data("is_new", "__example__"), "yes"), "ENTRY.data.is_new: the example is not of type"),
    ((data("count", "__example__"), True), "ENTRY.data.count: the example is not of type number"),
    ((data("count", "type"), "float"), "ENTRY.data.count: expected a type, one of string, number"),
    ((data("count", "type"), ["number"]), "ENTRY.data.count: expected a type, one of string"),
    ((data("count"), 2), "ENTRY.data.count: expected an object"),
    ((data("kinds", "items"), DELETED), "ENTRY.data.kinds: an array needs items"),
    ((data("kinds", "items", "properties"), DELETED), "kinds[0]: an object needs properties"),
    (((*KINDS, 1, "colour"), "red"), "ENTRY.data.kinds[1].colour: is not among the properties"),
    (((*KINDS, 1, "id"), 2), "ENTRY.data.kinds[1].id: the example is not of type string"),
    ((data("a-b"), {"type": "string", "__example__": "a"}), "ENTRY.data.a-b: a name has only"),
]

WRONG_REFERENCES: list[tuple[Change, str]] = [
    ((part(ENTRY, HEADING, "text"), "${data.lost}"), "${data.lost} refers to nothing"),
    ((part(ENTRY, HEADING, "text"), "${data.person.age}"), "${data.person.age} refers to nothing"),
    ((part(ENTRY, HEADING, "text"), "${lost}"), "${lost} refers to nothing"),
    (
        (part(ENTRY, SEARCH, "on-click-action", "payload"), {"deep": ["${form.lost}"]}),
        "ENTRY[3] EmbeddedLink.on-click-action: ${form.lost} refers to nothing",
    ),
    (
        (part(END, CLOSE, "on-click-action", "payload", "name"), "${screen.LOST.form.name}"),
        "${screen.LOST.form.name} refers to nothing",
    ),
    (
        (part(END, CLOSE, "on-click-action", "payload", "name"), "${form.name}"),
        "END[1] Footer.on-click-action: ${form.name} refers to nothing",
    ),
    (
        (part(ENTRY, HEADING, "text"), "Olá, ${data.person.name}"),
        "ENTRY[0] TextHeading.text: a reference inside a text is shown as written",
    ),
    ((part(END, MESSAGE, "text"), ["**${data.kind}**"]), "a reference inside a text is shown"),
    ((part(ENTRY, HEADING, "visible"), "yes"), "ENTRY[0] TextHeading.visible: expected a boolean"),
    ((part(ENTRY, HEADING, "visible"), "${data.count}"), "TextHeading.visible: expected a boolean"),
    ((part(ENTRY, NAME, "required"), 0), "ENTRY[1] TextInput.required: expected a boolean"),
]

WRONG_COMPONENTS: list[tuple[Change, str]] = [
    (
        with_more({"type": "Form", "name": "f", "children": [VIDEO]}),
        "ENTRY[6] Form[0] Video: there",
    ),
    (with_more(CONDITION | {"then": [VIDEO]}), "ENTRY[6] If[0] Video: there is no such component"),
    (with_more(CONDITION | {"else": [BODY, VIDEO]}), "ENTRY[6] If[1] Video: there is no such"),
    (with_more(CHOICE | {"cases": {"a": [VIDEO]}}), "ENTRY[6] Switch[0] Video: there is no such"),
    (with_more(VIDEO), "ENTRY[6] Video: there is no such component"),
    ((part(ENTRY, NAME, "name"), DELETED), "ENTRY[1] TextInput: needs a name"),
    ((part(ENTRY, NAME, "label"), DELETED), "TextInput.label: expected a text that is not blank"),
    ((part(ENTRY, NAME, "label"), "x" * 21), "TextInput.label: 21 characters, at most 20"),
    ((part(ENTRY, NAME, "helper-text"), "x" * 81), "helper-text: 81 characters, at most 80"),
    ((part(ENTRY, NEXT, "label"), "x" * 36), "Footer.label: 36 characters, at most 35"),
    ((part(ENTRY, NEXT, "label"), "😀" * 18), "Footer.label: 36 characters, at most 35"),
    ((part(ENTRY, SEARCH, "text"), "x" * 26), "EmbeddedLink.text: 26 characters, at most 25"),
    ((part(ENTRY, KIND, "label"), "x" * 31), "RadioButtonsGroup.label: 31 characters, at most 30"),
    ((part(ENTRY, HEADING, "text"), "x" * 81), "TextHeading.text: 81 characters, at most 80"),
    ((part(ENTRY, HEADING, "text"), " "), "TextHeading.text: expected a text that is not blank"),
    ((part(ENTRY, HEADING, "text"), "${data.count}"), "TextHeading.text: expected a text"),
    ((data("person", "__example__", "name"), "x" * 81), "TextHeading.text: 81 characters"),
    ((part(ENTRY, HEADING, "text"), ["a", "b"]), "TextHeading.text: several lines need markdown"),
    ((part(END, MESSAGE, "text"), ["x" * 4000, "x" * 96]), "TextBody.text: 4097 characters"),
    (with_more({"type": "TextCaption", "text": "x" * 410}), "TextCaption.text: 410 characters"),
]

WRONG_OPTIONS: list[tuple[Change, str]] = [
    (kinds([]), "RadioButtonsGroup.data-source: 0 options, from 1 to 20"),
    (kinds(options(21)), "RadioButtonsGroup.data-source: 21 options, from 1 to 20"),
    ((KINDS, []), "RadioButtonsGroup.data-source: 0 options, from 1 to 20"),
    (kinds("${data.person}"), "data-source: expected a list of options"),
    (kinds(["a"]), "data-source: expected a list of options"),
    (kinds([{"title": "A"}]), "data-source: every option needs an id"),
    (kinds([{"id": [], "title": "A"}]), "data-source: every option needs an id"),
    (kinds([{"id": "a", "title": "A"}] * 2), "data-source: two options have the same id"),
    (kinds([{"id": "a"}]), "data-source[0].title: expected a text that is not blank"),
    (kinds([{"id": "a", "title": "x" * 31}]), "[0].title: 31 characters, at most 30"),
    (kinds(options(1, description="x" * 301)), "[0].description: 301 characters, at most 300"),
    (kinds(options(1, metadata="x" * 21)), "[0].metadata: 21 characters, at most 20"),
    (kinds(options(1, image=image(102_401))), "[0].image: expected base64 of at most 102400"),
    (kinds(options(1, image="not base64")), "[0].image: expected base64 of at most 102400"),
    (kinds(options(1, image="")), "[0].image: expected base64 of at most 102400"),
    (
        (part(ENTRY, KIND), {"type": "Dropdown", "name": "kind", "label": "Kind"}),
        "ENTRY[2] Dropdown.data-source: expected a list of options",
    ),
]

WRONG_ACTIONS: list[tuple[Change, str]] = [
    ((part(ENTRY, NEXT, "on-click-action"), DELETED), "ENTRY[5] Footer: needs an on-click-action"),
    ((part(ENTRY, SEARCH, "on-click-action", "name"), "jump"), "jump is not an action"),
    ((part(ENTRY, SEARCH, "on-click-action", "name"), []), "[] is not an action"),
    (
        (part(ENTRY, SEARCH, "on-click-action"), {"name": "complete", "payload": {}}),
        "EmbeddedLink: complete is only for the Footer of a terminal screen",
    ),
    (
        (part(ENTRY, NEXT, "on-click-action"), {"name": "complete", "payload": {}}),
        "ENTRY[5] Footer: complete is only for the Footer of a terminal screen",
    ),
    (
        (part(ENTRY, NEXT, "on-click-action"), {"name": "open_url", "url": "https://a.example"}),
        "ENTRY[5] Footer: a Footer cannot open a URL",
    ),
    (
        (part(ENTRY, NEXT, "on-click-action", "next", "name"), "LOST"),
        "ENTRY[5] Footer: navigate leads to no screen",
    ),
    (
        (part(ENTRY, NEXT, "on-click-action", "payload"), {}),
        "ENTRY[5] Footer: navigate must send exactly what END declares",
    ),
    *(
        ((part(ENTRY, POLICY, "on-click-action", "url"), url), "open_url needs an https URL")
        for url in ("http://example.com", "{url}", "https://", "https://[", 1, DELETED)
    ),
]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        *WRONG_FLOW,
        *WRONG_SCREENS,
        *WRONG_ROUTES,
        *WRONG_DATA,
        *WRONG_REFERENCES,
        *WRONG_COMPONENTS,
        *WRONG_OPTIONS,
        *WRONG_ACTIONS,
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_copy_is_told_what_is_wrong_with_it(change: Change, problem: str) -> None:
    problems = definition.check(changed(SAMPLE, *change))
    assert any(problem in found for found in problems), problems


@pytest.mark.parametrize(
    "change",
    [
        kinds(options(20, image=image(102_400), description="x" * 300, metadata="x" * 20)),
        (part(ENTRY, KIND, "type"), "Dropdown"),
        (part(ENTRY, HEADING, "text"), "`${data.person.name} ${data.count}`"),
        (part(ENTRY, HEADING, "text"), "x" * 80),
        (part(ENTRY, NEXT, "label"), "x" * 35),
        with_more(CONDITION | {"then": [BODY], "else": [BODY]}),
        with_more(CHOICE | {"cases": {"a": [BODY]}}),
        with_more(*[BODY] * 44),
        (("data_api_version",), "4.0"),
        (data("nested"), {"type": "array", "items": {"type": "number"}, "__example__": [1, 2.5]}),
    ],
)
def test_what_is_just_inside_the_rules_is_no_problem(change: Change) -> None:
    assert definition.check(changed(SAMPLE, *change)) == []


@pytest.mark.parametrize("count", [200, 201])
def test_a_dropdown_without_pictures_holds_two_hundred(count: int) -> None:
    dropdown = changed(SAMPLE, part(ENTRY, KIND, "type"), "Dropdown")
    problems = definition.check(changed(dropdown, *kinds(options(count))))
    assert bool(problems) == (count > 200)


@pytest.mark.parametrize("count", [100, 101])
def test_a_dropdown_with_pictures_holds_one_hundred(count: int) -> None:
    dropdown = changed(SAMPLE, part(ENTRY, KIND, "type"), "Dropdown")
    problems = definition.check(changed(dropdown, *kinds(options(count, image=image(1)))))
    assert bool(problems) == (count > 100)


@pytest.mark.parametrize("screen_id", ["SUCCESS", "END_1", "", "END", "É"])
def test_a_screen_with_a_reserved_repeated_or_odd_id_is_a_problem(screen_id: str) -> None:
    broken = changed(SAMPLE, ("screens", ENTRY, "id"), screen_id)
    assert any(found.startswith((screen_id, repr(screen_id))) for found in definition.check(broken))


def test_a_definition_needs_a_terminal_screen_with_a_footer() -> None:
    endless = changed(SAMPLE, ("screens", END, "terminal"), value=False)
    assert "screens: none is terminal" in definition.check(endless)
    stuck = changed(SAMPLE, part(END, CLOSE), DELETED)
    assert definition.check(stuck) == ["END: a terminal screen needs a Footer"]


def three_screens(routes: dict[str, list[str]]) -> dict[str, Any]:
    middle = changed(SAMPLE["screens"][ENTRY], ("id",), "MIDDLE")
    wide = changed(SAMPLE, ("screens",), [SAMPLE["screens"][ENTRY], middle, SAMPLE["screens"][END]])
    return changed(wide, ("routing_model",), routes)


@pytest.mark.parametrize(
    ("routes", "problem"),
    [
        (
            {"ENTRY": ["MIDDLE", "END"], "MIDDLE": ["ENTRY", "END"], "END": []},
            "routing_model: there is no entry screen, one that no other leads to",
        ),
        (
            {"ENTRY": ["END"], "MIDDLE": ["MIDDLE", "END"], "END": []},
            "routing_model: MIDDLE leads back to itself; a refresh needs no route",
        ),
        (
            {"ENTRY": ["END"], "MIDDLE": ["MIDDLE", "END"], "END": []},
            "routing_model: MIDDLE cannot be reached",
        ),
        (
            {"ENTRY": ["END"], "MIDDLE": ["END"], "END": []},
            "routing_model: no screen leads to MIDDLE, and ENTRY is the entry",
        ),
        (
            {"ENTRY": ["MIDDLE"], "MIDDLE": [], "END": []},
            "routing_model: MIDDLE leads nowhere and is not terminal",
        ),
        (
            {"ENTRY": ["MIDDLE"], "MIDDLE": ["END"], "END": []},
            "ENTRY[5] Footer: navigate leads to END, which is not among the routes",
        ),
    ],
)
def test_routes_go_forward_from_one_entry_to_an_end(
    routes: dict[str, list[str]], problem: str
) -> None:
    assert problem in definition.check(three_screens(routes))


def test_a_definition_without_an_endpoint_needs_no_routes_and_asks_nothing() -> None:
    offline = changed(changed(SAMPLE, ("data_api_version",), DELETED), ("routing_model",), DELETED)
    assert definition.check(offline) == [
        "ENTRY[3] EmbeddedLink: data_exchange needs data_api_version"
    ]


def test_the_newest_protocol_needs_the_newest_version() -> None:
    older = changed(changed(SAMPLE, ("version",), "7.2"), ("data_api_version",), "4.0")
    assert definition.check(older) == ["data_api_version: 4.0 needs version 7.3"]


def test_the_hash_is_of_the_content_and_not_of_its_layout() -> None:
    turned = dict(reversed(SAMPLE.items()))
    assert definition.version_hash(turned) == definition.version_hash(SAMPLE)
    renamed = changed(SAMPLE, ("screens", ENTRY, "title"), "Other")
    assert definition.version_hash(renamed) != definition.version_hash(SAMPLE)


def test_a_file_is_loaded_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(SAMPLE))
    assert definition.load(path) == SAMPLE


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"é"'])
def test_a_file_that_holds_no_definition_is_refused_by_its_name(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "flow.json"
    path.write_text(content)
    with pytest.raises(InvalidDefinition, match=r"flow\.json"):
        definition.load(path)


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match="nowhere"):
        definition.load(tmp_path / "nowhere.json")


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [found for key, item in items for found in [(*path, key), *_paths(item, (*path, key))]]


ODD: list[Any] = [
    None,
    True,
    0,
    1.5,
    "",
    "x",
    "${data.x}",
    [],
    [[]],
    ["x"],
    {},
    {"type": "x"},
    {"type": []},
]


@given(
    changes=st.lists(
        st.tuples(st.sampled_from(_paths(SAMPLE)), st.sampled_from(ODD)), min_size=1, max_size=3
    )
)
def test_no_value_in_any_place_breaks_the_check(changes: list[Change]) -> None:
    flow = SAMPLE
    for path, value in changes:
        try:
            flow = changed(flow, path, value)
        except (LookupError, TypeError):
            continue
    assert all(isinstance(problem, str) for problem in definition.check(flow))
