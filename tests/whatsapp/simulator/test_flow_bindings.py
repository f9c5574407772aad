from typing import Any

import pytest

from whatsapp.simulator.flow_player import path as paths
from whatsapp.simulator.flow_player.bindings import Scope
from whatsapp.simulator.flow_player.exceptions import InvalidAnswer
from whatsapp.simulator.flow_player.flow_json import FlowJson
from whatsapp.simulator.flow_player.path import Frame

SCOPE = Scope(
    data={"bank": {"name": "Nubank"}, "none": None, "found": False},
    form={"query": "", "chosen": ["a", "b"]},
    screens={"FIRST": {"form": {"query": "nu"}, "data": {"total": 3}}},
)
FLOW = FlowJson(
    content={
        "routing_model": {"FIRST": ["SECOND"], "SECOND": ["THIRD"]},
        "screens": [{"id": "FIRST"}, {"id": "SECOND"}, {"id": "THIRD"}],
    }
)


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("${data.bank.name}", "Nubank"),
        ("${data.found}", False),
        ("${form.query}", ""),
        ("${form.chosen}", ["a", "b"]),
        ("${screen.FIRST.form.query}", "nu"),
        ("${screen.FIRST.data.total}", 3),
        ("Nubank", "Nubank"),
        ("pago: ${data.found}", "pago: ${data.found}"),
        (7, 7),
    ],
)
def test_a_reference_stands_for_its_value(value: object, filled: object) -> None:
    assert SCOPE.fill(value) == filled


@pytest.mark.parametrize(
    "reference",
    ["${data.nobody}", "${form.bank}", "${screen.NONE.form.query}", "${data.found.x}", "${else}"],
)
def test_what_refers_to_nothing_is_left_out(reference: str) -> None:
    assert SCOPE.fill({"step": "choose", "bank": reference}) == {"step": "choose"}
    assert SCOPE.fill([1, reference]) == [1]


def test_a_value_that_is_nothing_is_none_and_one_that_is_none_is_kept() -> None:
    assert SCOPE.fill("${form.bank}") is None
    assert SCOPE.fill({"x": "${data.none}"}) == {"x": None}


def frame(screen: str, **form: Any) -> Frame:
    return Frame(screen=screen, data={}, form=form)


def test_the_next_screen_comes_after_the_one_that_leads_to_it() -> None:
    path = paths.after([frame("FIRST", query="nu")], "SECOND", {"bank": "nu"}, flow=FLOW)
    assert [step["screen"] for step in path] == ["FIRST", "SECOND"]
    assert paths.scope(path).fill("${screen.FIRST.form.query}") == "nu"


def test_a_screen_that_is_refreshed_keeps_what_was_put_in() -> None:
    path = paths.after([frame("FIRST", query="nu")], "FIRST", {"found": 1}, flow=FLOW)
    assert path == [Frame(screen="FIRST", data={"found": 1}, form={"query": "nu"})]


def test_a_screen_gone_through_before_is_gone_back_to() -> None:
    before = [frame("FIRST"), frame("SECOND"), frame("THIRD")]
    assert paths.after(before, "SECOND", {}, flow=FLOW) == [frame("FIRST"), frame("SECOND")]


@pytest.mark.parametrize("screen", ["THIRD", "NOWHERE", None, 7, {}])
def test_a_screen_that_this_one_does_not_lead_to_is_refused(screen: object) -> None:
    with pytest.raises(InvalidAnswer):
        paths.after([frame("FIRST")], screen, {}, flow=FLOW)


def test_a_flow_begins_where_no_screen_leads() -> None:
    assert FLOW.entry == "FIRST"
    assert FlowJson(content={"screens": [{"id": "ONLY"}]}).entry == "ONLY"
