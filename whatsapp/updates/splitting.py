"""A POST of Meta's, taken apart."""

from collections.abc import Iterator
from itertools import islice

from whatsapp.updates import fields, pieces, strict_json
from whatsapp.updates.contacts import Contacts
from whatsapp.updates.pieces import Kind, Piece
from whatsapp.updates.strict_json import Json, JsonObject, Unreadable

LONGEST_BODY = 3 * 1024 * 1024  # bytes, as Meta promises
# Meta promises 1,000; ten times as many are read too, more would only be an attempt to tire us.
_MOST_UPDATES = 10_000

_OBJECT = "whatsapp_business_account"
_LISTS: dict[str, dict[str, Kind]] = {
    "messages": {
        "messages": Kind.MESSAGE,
        "statuses": Kind.STATUS,
        "errors": Kind.FAILURE,
    },
    "user_preferences": {"user_preferences": Kind.PREFERENCE},
}
# Where each kind names the person: the business-scoped user id, then the number.
_PERSON = {
    Kind.MESSAGE: ("from_user_id", "from"),
    Kind.STATUS: ("recipient_user_id", "recipient_id"),
    Kind.PREFERENCE: ("user_id", "wa_id"),
}


def split(body: bytes) -> list[Piece]:
    """Return the updates of a POST in its order, a repeated one as often as it is there.

    What is malformed or unknown inside is a piece too, to be read as Unknown. Raises Unreadable,
    and nothing else, when the body is no readable JSON object, has no list of entries, has more
    than 3 MB or far more than 1,000 updates.
    """
    if len(body) > LONGEST_BODY:
        raise Unreadable("too long")
    content = strict_json.parse(body)
    entries = content.get("entry")
    if not isinstance(entries, list):
        raise Unreadable("no list of entries")
    is_ours = content.get("object", _OBJECT) == _OBJECT
    found = (piece for entry in entries for piece in _of_entry(entry, is_ours=is_ours))
    result = list(islice(found, _MOST_UPDATES + 1))
    if len(result) > _MOST_UPDATES:
        raise Unreadable("too many updates")
    return result


def _of_entry(entry: Json, *, is_ours: bool) -> Iterator[Piece]:
    content = entry if is_ours and isinstance(entry, dict) else {}
    changes = content.get("changes")
    if not isinstance(changes, list):
        yield pieces.make(Kind.UNKNOWN, entry, surroundings={})
        return
    surroundings: JsonObject = {"entry_id": content.get("id"), "time": content.get("time")}
    for change in changes:
        yield from _of_change(change, surroundings)


def _of_change(change: Json, entry: JsonObject) -> Iterator[Piece]:
    content = change if isinstance(change, dict) else {}
    field, value = content.get("field"), content.get("value")
    if not isinstance(field, str) or not isinstance(value, dict):
        yield pieces.make(Kind.UNKNOWN, change, surroundings=entry)
        return
    number = fields.identifier(fields.child(value, "metadata"), "phone_number_id")
    surroundings: JsonObject = {**entry, "field": field, "phone_number_id": number}
    if field in _LISTS:
        yield from _of_lists(field, value, surroundings)
    else:
        yield pieces.make(Kind.ACCOUNT, value, surroundings=surroundings)


def _of_lists(field: str, value: JsonObject, surroundings: JsonObject) -> Iterator[Piece]:
    present = [(kind, value[name]) for name, kind in _LISTS[field].items() if name in value]
    if not present:
        yield pieces.make(Kind.UNKNOWN, value, surroundings=surroundings)
    contacts = Contacts(everyone=fields.children(value, "contacts"))
    for kind, updates in present:
        for update in updates if isinstance(updates, list) else [updates]:
            contact = _contact(kind, update, contacts)
            yield pieces.make(kind, update, surroundings=surroundings, contact=contact)


def _contact(kind: Kind, update: Json, contacts: Contacts) -> JsonObject | None:
    if kind not in _PERSON or not isinstance(update, dict):
        return None
    user_id, wa_id = _PERSON[kind]
    return contacts.find(
        user_id=fields.identifier(update, user_id), wa_id=fields.wa_id(update, wa_id)
    )
