"""The Flow that is published: right by WhatsApp's rules, and in step with the data sent to it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from openfinance import native_flow
from whatsapp.native_flow import definition

PRIVACY = "https://pierre.example/privacidade"


def flow(privacy_url: str = PRIVACY) -> dict[str, Any]:
    return native_flow.definition(privacy_url=privacy_url)


def components(privacy_url: str = PRIVACY) -> Iterator[tuple[str, dict[str, Any]]]:
    for screen in flow(privacy_url)["screens"]:
        for component in screen["layout"]["children"]:
            yield screen["id"], component


def exchanges() -> dict[tuple[str, str], dict[str, Any]]:
    """Return what each screen asks the endpoint, by its screen and step."""
    actions = [(screen, part.get("on-click-action", {})) for screen, part in components()]
    return {
        (screen, action["payload"]["step"]): action["payload"]
        for screen, action in actions
        if action.get("name") == "data_exchange"
    }


def test_the_shipped_definition_has_no_problems() -> None:
    assert definition.check(flow()) == []


def test_without_the_privacy_address_it_is_not_ready() -> None:
    assert definition.check(definition.load(native_flow.SHIPPED)) == [
        "STEPS[7] EmbeddedLink: open_url needs an https URL"
    ]


@pytest.mark.parametrize("url", ["http://pierre.example/", "", 'https://a"b'])
def test_the_privacy_address_is_only_ever_a_value(url: str) -> None:
    actions = [part.get("on-click-action", {}) for _, part in components(privacy_url=url)]
    links = [action for action in actions if action.get("name") == "open_url"]
    assert links == [{"name": "open_url", "url": url}]


def test_another_privacy_address_is_another_version() -> None:
    other = flow(privacy_url="https://other.example/")
    assert definition.version_hash(flow()) != definition.version_hash(other)


def test_the_person_goes_from_the_banks_to_the_steps_to_the_end() -> None:
    assert flow()["routing_model"] == {"BANKS": ["STEPS"], "STEPS": ["DONE"], "DONE": []}
    assert [screen["id"] for screen in flow()["screens"] if screen.get("terminal")] == ["DONE"]


def test_each_step_sends_what_the_endpoint_needs() -> None:
    assert exchanges() == {
        ("BANKS", "search"): {"step": "search", "query": "${form.query}"},
        ("BANKS", "choose"): {
            "step": "choose",
            "bank": "${form.bank}",
            "query": "${form.query}",
        },
        ("STEPS", "start"): {"step": "start", "bank": "${data.bank_id}"},
    }


def test_nothing_on_the_screen_with_the_search_can_block_it() -> None:
    assert [part.get("required") for _, part in components() if "name" in part] == [False, False]


def test_no_key_of_an_error_notice_is_used_for_what_a_screen_sends() -> None:
    assert not {"error", "error_message"} & {key for sent in exchanges().values() for key in sent}


def test_the_steps_say_that_the_password_stays_in_the_bank_and_it_can_be_cancelled() -> None:
    text = json.dumps(
        [part.get("text") for screen, part in components() if screen == "STEPS"],
        ensure_ascii=False,
    )
    assert "A senha do banco é digitada só no banco" in text
    assert "Você pode cancelar quando quiser" in text


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("routing_model", "DONE"), ["BANKS"], "routing_model: BANKS leads back to itself"),
        (("screens", 0, "id"), "SUCCESS", "SUCCESS: the id is reserved"),
        (("screens", 0, "data", "nothing_found"), {"type": "boolean"}, "__example__ is missing"),
        (("screens", 0, "data", "banks", "__example__"), [], "0 options, from 1 to 20"),
        (("screens", 1, "data", "bank", "__example__"), "x" * 81, "81 characters, at most 80"),
        (("screens", 1, "data", "bank_id"), None, "null is not allowed"),
        (("screens", 2, "terminal"), False, "none is terminal"),
        (("screens", 2, "layout", "children", 2, "label"), "x" * 36, "36 characters, at most 35"),
    ],
)
def test_a_broken_copy_has_its_problem(
    path: tuple[str | int, ...], value: object, problem: str
) -> None:
    broken: dict[str, Any] = flow()
    place: Any = broken
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert any(problem in found for found in definition.check(broken))
