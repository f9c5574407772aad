import json
from typing import Any

import pytest

from tests.whatsapp.updates import recorded
from whatsapp import updates
from whatsapp.updates import Unreadable, strict_json

ANA = {"profile": {"name": "Ana"}, "wa_id": "5511987654321", "user_id": "BR.1"}
BIA = {"profile": {"name": "Bia"}, "wa_id": "556799440667", "user_id": "BR.2"}


def post(*, field: str = "messages", **value: Any) -> bytes:
    changes = [{"field": field, "value": {"metadata": {"phone_number_id": "1"}, **value}}]
    return json.dumps({"entry": [{"id": "2", "changes": changes}]}).encode()


def text(**changes: Any) -> dict[str, Any]:
    return {"id": "wamid.1", "timestamp": "1", "type": "text", "text": {"body": "oi"}, **changes}


def status(**changes: Any) -> dict[str, Any]:
    return {"id": "wamid.1", "timestamp": "1", "status": "sent", **changes}


def sender(message: dict[str, Any], contacts: list[dict[str, Any]]) -> updates.Sender:
    [piece] = updates.split(post(messages=[message], contacts=contacts))
    update = updates.read(piece)
    assert isinstance(update, updates.Text)
    return update.sender


def test_every_entry_change_and_update_is_a_piece() -> None:
    found = [updates.read(piece) for piece in updates.split(recorded.body("several_entries"))]
    kinds = [type(update).__name__ for update in found]
    assert kinds == ["Text", "Text", "Status", "Status", "Text", "TemplateStatus", "Text"]
    assert [update.phone_number_id for update in found] == [
        *[recorded.NUMBER] * 5,
        None,
        "999999999999999",
    ]


def test_each_message_comes_with_its_own_contact() -> None:
    found = [updates.read(piece) for piece in updates.split(recorded.body("several_entries"))]
    names = [update.sender.name for update in found if isinstance(update, updates.Text)]
    assert names == ["Bia", "Ana", "Ana", "Ana"]


@pytest.mark.parametrize(
    ("message", "contacts", "name"),
    [
        (text(from_user_id="BR.1"), [BIA, ANA], "Ana"),
        (text(**{"from": "5511987654321"}), [BIA, ANA], "Ana"),
        (text(**{"from": "5511987654321", "from_user_id": "BR.2"}), [ANA, BIA], "Bia"),
        (text(**{"from": "5511987654321", "from_user_id": "BR.9"}), [ANA], None),
        (text(**{"from": "5521999999999"}), [ANA], None),
        (text(), [ANA], "Ana"),
    ],
)
def test_a_contact_is_never_another_persons(
    message: dict[str, Any], contacts: list[dict[str, Any]], name: str | None
) -> None:
    assert sender(message, contacts).name == name


def test_a_message_from_nobody_is_not_given_to_one_of_two_contacts() -> None:
    [piece] = updates.split(post(messages=[text()], contacts=[ANA, BIA]))
    assert isinstance(updates.read(piece), updates.Unknown)


def test_a_stored_piece_is_read_as_the_fresh_one() -> None:
    for piece in updates.split(recorded.body("several_entries")):
        stored = updates.Piece(key=piece.key, content=json.loads(json.dumps(piece.content)))
        assert updates.read(stored) == updates.read(piece)


def test_a_thousand_statuses_are_a_thousand_pieces() -> None:
    statuses = [status(id=f"wamid.{number}") for number in range(1000)]
    pieces = updates.split(post(statuses=statuses))
    assert len({piece.key for piece in pieces}) == 1000


def test_a_malformed_update_does_not_cost_the_others() -> None:
    body = post(messages=[text(), None, "x", {"id": 7}], statuses={"odd": 1}, errors=[[]])
    kinds = [type(updates.read(piece)).__name__ for piece in updates.split(body)]
    assert kinds == ["Unknown"] * 6
    [good] = updates.split(post(messages=[text(from_user_id="BR.1")]))
    assert good.key in {piece.key for piece in updates.split(body)}


@pytest.mark.parametrize(
    ("entry", "count"), [({}, 1), ([], 1), (None, 1), ({"changes": [1, {"field": 1}]}, 2)]
)
def test_a_malformed_entry_is_kept(entry: object, count: int) -> None:
    pieces = updates.split(json.dumps({"entry": [entry]}).encode())
    assert len(pieces) == count
    assert all(isinstance(updates.read(piece), updates.Unknown) for piece in pieces)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (status(), status(status="delivered")),
        (status(), status(timestamp="2")),
        (status(), status(id="wamid.2")),
        (status(id="a", status="b:c"), status(id="a:b", status="c")),
        (status(id="a" * 300), status(id="a" * 301)),
        (status(id="a" * 240), status(id="a" * 240, status="delivered")),
        (status(timestamp=None), status(timestamp=None, status="read")),
    ],
)
def test_different_statuses_have_different_keys(one: dict[str, Any], other: dict[str, Any]) -> None:
    keys = {piece.key for piece in updates.split(post(statuses=[one, other]))}
    assert len(keys) == 2
    assert all(len(key) <= 255 for key in keys)


def test_the_same_update_has_the_same_key_however_it_is_written() -> None:
    preference = {"user_id": "BR.1", "category": "marketing_messages", "value": "stop"}
    shuffled = dict(reversed(preference.items()))
    body = post(field="user_preferences", user_preferences=[preference, shuffled], contacts=[ANA])
    first, second = updates.split(body)
    assert first.key == second.key
    [alone] = updates.split(post(field="user_preferences", user_preferences=[preference]))
    assert alone.key == first.key


def test_the_same_event_at_another_time_is_another_update() -> None:
    body = recorded.body("message_template_status_update_approved")
    [piece] = updates.split(body)
    [later] = updates.split(body.replace(b"1751247548", b"1751247549"))
    assert piece.key != later.key


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"entry": {}}',
        b'{"entry": []',
        b"\xff",
        b'\xef\xbb\xbf{"entry": []}',
        '{"entry": []}'.encode("utf-16"),
        b'{"entry": [], "a": "\xed\xa0\x80"}',
        b'{"entry": [], "a": NaN}',
        b'{"entry": [], "a": -Infinity}',
        b'{"entry": [], "a": 1e999}',
        b'{"entry": [], "a": ' + b"9" * 5000 + b"}",
        b"[" * 1_000_000,
        b'{"entry":' * 100_000,
        b'{"a": "\\\\", "entry": ' + b"[" * 64 + b"]" * 64 + b"}",
        b'{"entry": [' + b"1," * 10_000 + b"1]}",
        b'{"entry": []}' + b" " * updates.LONGEST_BODY,
    ],
)
def test_what_meta_never_sends_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        updates.split(body)


def test_another_product_has_no_updates_for_us() -> None:
    body = post(messages=[text(from_user_id="BR.1")])
    [piece] = updates.split(body.replace(b'{"entry"', b'{"object": "page", "entry"'))
    assert isinstance(updates.read(piece), updates.Unknown)


def test_brackets_inside_a_text_are_not_levels() -> None:
    words = "[" * 1000 + '\\"{' + "\\" * 3 + '"' + "[" * 1000
    assert strict_json.parse(json.dumps({"a": words}).encode()) == {"a": words}


def test_sixty_four_levels_are_read() -> None:
    body = b'{"entry": ' + b"[" * 63 + b"]" * 63 + b"}"
    assert len(updates.split(body)) == 1


def test_what_postgresql_refuses_is_replaced() -> None:
    body = rb'{"a\u0000": ["\u0000", "\ud83c\udfe6", "\ud83c", "\\u0000", "\udfe6\ud83c"]}'
    assert strict_json.parse(body) == {"a�": ["�", "🏦", "�", "\\u0000", "��"]}
