"""The directory in pieces, as recorded from its shapes, and whole ones made of them."""

import copy
import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "recorded"
Row = dict[str, Any]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def recorded(name: str) -> Row:
    row: Row = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    return row


def nubank() -> Row:
    return recorded("organisation_with_one_brand")


def inter() -> Row:
    return recorded("organisation_with_people_and_businesses")


def bradesco() -> Row:
    return recorded("organisation_with_many_brands")


def other(number: int) -> Row:
    """Return an organisation of one brand that none of our banks is."""
    row = nubank()
    name = f"Cooperativa {_LETTERS[number // 26]}{_LETTERS[number % 26]}"
    row["OrganisationId"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"organisation/{number}"))
    row["RegistrationNumber"] = f"{70_000_000 + number}000100"
    row["OrganisationName"] = row["RegisteredName"] = f"{name} LTDA"
    server = row["AuthorisationServers"][0]
    server["AuthorisationServerId"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"server/{number}"))
    server["CustomerFriendlyName"] = name
    return row


def server_of(row: Row, place: int = 0) -> Row:
    server: Row = row["AuthorisationServers"][place]
    return server


def another_server(row: Row, **changes: object) -> Row:
    """Give the organisation one more server, like its first but for the changes."""
    changed = copy.deepcopy(row)
    server = {**copy.deepcopy(server_of(row)), **changes}
    changed["AuthorisationServers"].append(server)
    return changed


def directory(rows: Iterable[object], *, others: int = 50) -> bytes:
    """Return a directory of these organisations and so many others."""
    return json.dumps([*rows, *map(other, range(others))]).encode()
