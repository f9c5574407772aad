"""Whatever comes, in whatever order and grouping."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.whatsapp.updates import recorded
from whatsapp import updates

# The words of real payloads, so that what is drawn gets past the first check.
Name = st.sampled_from(sorted(recorded.member_names()))
Word = st.sampled_from(sorted(recorded.words()))
Leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | Word
AnyJson = st.recursive(
    Leaf,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(Name | st.text(), inner),
    max_leaves=40,
)
AnyObject = st.dictionaries(Name, AnyJson, max_size=8)


def status(number: int, word: str, at: int) -> dict[str, Any]:
    return {"id": f"wamid.{number}", "status": word, "timestamp": str(at), "recipient_id": "5511"}


def text(number: int) -> dict[str, Any]:
    return {"id": f"wamid.{number}", "from": "5511", "timestamp": "1", "type": "text", "text": {}}


Update = st.one_of(
    st.builds(
        lambda *parts: ("messages", "statuses", status(*parts)),
        st.integers(1, 5),
        st.sampled_from(["sent", "delivered", "read"]),
        st.integers(1, 3),
    ),
    st.builds(lambda number: ("messages", "messages", text(number)), st.integers(1, 5)),
    st.builds(lambda code: ("messages", "errors", {"code": code}), st.integers(1, 3)),
    st.builds(
        lambda value: ("user_preferences", "user_preferences", {"wa_id": "55", "value": value}),
        st.sampled_from(["stop", "resume"]),
    ),
    st.builds(lambda event: ("flows", None, {"event": event}), st.sampled_from(["A", "B"])),
)
Grouping = st.lists(st.lists(Update, max_size=6), max_size=6)


def post(group: list[Any]) -> bytes:
    changes = [
        {"field": field, "value": update if name is None else {name: [update]}}
        for field, name, update in group
    ]
    return json.dumps({"entry": [{"id": "2", "time": 5, "changes": changes}]}).encode()


def post_together(group: list[Any]) -> bytes:
    """Write the updates of one field into one change, as Meta batches them."""
    value: dict[str, list[Any]] = {}
    for _, name, update in group:
        value.setdefault(name, []).append(update)
    changes = [{"field": "messages", "value": value}]
    return json.dumps({"entry": [{"id": "2", "time": 5, "changes": changes}]}).encode()


def keys(*bodies: bytes) -> set[str]:
    return {piece.key for body in bodies for piece in updates.split(body)}


def read_all(body: bytes) -> None:
    try:
        pieces = updates.split(body)
    except updates.Unreadable:
        return
    for piece in pieces:
        updates.read(piece)
        json.dumps(piece.content, allow_nan=False, ensure_ascii=False).encode()
        assert len(piece.key) <= 255


@given(st.binary())
def test_any_bytes_are_read_or_unreadable(body: bytes) -> None:
    read_all(body)


@given(AnyJson)
def test_any_json_is_read_or_unreadable(content: Any) -> None:
    read_all(json.dumps(content).encode())


@given(st.lists(AnyObject, max_size=3), Word)
def test_any_value_of_a_change_is_read(values: list[Any], field: str) -> None:
    changes = [{"field": field, "value": value} for value in values]
    read_all(json.dumps({"entry": [{"changes": changes}]}).encode())


@given(AnyObject, st.sampled_from(["message", "status", "failure", "preference", "account", "odd"]))
def test_any_stored_content_is_read(content: Any, kind: str) -> None:
    piece = updates.Piece(key="k", content={"kind": kind, **content})
    assert updates.read(piece).key == "k"


@given(st.sampled_from(recorded.names()), st.data())
def test_a_recorded_payload_with_anything_in_it_is_read(name: str, data: st.DataObject) -> None:
    content = place = json.loads(recorded.body(name))
    while place:
        spot = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else [0]))
        if not isinstance(place[spot], dict | list) or data.draw(st.booleans()):
            place[spot] = data.draw(AnyJson)
            break
        place = place[spot]
    read_all(json.dumps(content).encode())


@given(Grouping, st.randoms(use_true_random=False))
def test_any_order_and_grouping_gives_the_same_keys(
    groups: list[list[Any]], chance: random.Random
) -> None:
    everything = [update for group in groups for update in group]
    shuffled = chance.sample(everything, len(everything)) + everything[:2]
    assert keys(*map(post, groups)) == keys(post(shuffled))


@given(st.lists(Update.filter(lambda update: update[0] == "messages"), min_size=1))
def test_updates_batched_in_one_change_have_the_keys_they_have_alone(group: list[Any]) -> None:
    assert keys(post_together(group)) == keys(post(group))


@given(st.lists(Update, min_size=1, max_size=8))
def test_only_exact_duplicates_share_a_key(group: list[Any]) -> None:
    different = {json.dumps(update) for update in group}
    assert len(keys(post(group))) == len(different)


@pytest.mark.parametrize("name", recorded.names())
def test_a_payload_that_comes_twice_has_the_same_keys(name: str) -> None:
    content = json.loads(recorded.body(name))
    assert keys(recorded.body(name)) == keys(json.dumps(content, sort_keys=True).encode())
