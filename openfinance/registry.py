"""Read the data file of the institutions that Open Finance and the Banco Central know."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from openfinance.models import Bank

SHIPPED = Path(__file__).parent / "data" / "banks.json"
FACTS = ("legal_name", "cnpj", "ispb", "compe", "unavailable_reason")
# How the reason begins of a bank that a provider, or the directory, does not list.
OUTSIDE = "Fora do Open Finance"

_KEYS = {"slug", "name", "aliases", "position", "is_favourite", *FACTS}
_UNIQUE = ("slug", "name", "cnpj", "ispb", "compe")
# Digits kept as text: leading zeros are part of a code, and not every institution has each.
_CODE_LENGTHS = {"cnpj": 14, "ispb": 8, "compe": 3}


class InvalidRegistry(ValueError):
    """The data file cannot be used; the message names the row and what is wrong with it."""


def read(path: Path = SHIPPED) -> list[Bank]:
    """Return the file's banks, unsaved and in its order; raise `InvalidRegistry` for a bad file."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidRegistry(f"{path}: {error}") from error
    if not isinstance(rows, list):
        raise InvalidRegistry(f"{path}: expected a list of banks")
    banks = [_bank(row, number) for number, row in enumerate(rows, 1)]
    for field in _UNIQUE:
        _refuse_repeated(field, banks)
    return banks


def _bank(row: Any, number: int) -> Bank:
    if not isinstance(row, dict):
        raise InvalidRegistry(f"row {number}: expected an object")
    label = f"row {number} ({row.get('slug', 'no slug')})"
    for problem, keys in (("unknown", row.keys() - _KEYS), ("missing", _KEYS - row.keys())):
        if keys:
            raise InvalidRegistry(f"{label}: {problem} {', '.join(sorted(keys))}")
    problems = [*_wrong_types(row), *_wrong_codes(row)]
    if problems:
        raise InvalidRegistry(f"{label}: {'; '.join(problems)}")
    bank = Bank(**row)
    try:
        bank.clean_fields()
    except ValidationError as error:
        details = (f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())
        raise InvalidRegistry(f"{label}: {'; '.join(details)}") from error
    return bank


def _wrong_types(row: dict[str, Any]) -> Iterable[str]:
    for field, value in row.items():
        match field:
            case "aliases":
                right = isinstance(value, list) and all(isinstance(alias, str) for alias in value)
            case "position":
                right = type(value) is int
            case "is_favourite":
                right = isinstance(value, bool)
            case _:
                right = isinstance(value, str)
        if not right:
            yield f"{field}: unexpected {json.dumps(value)}"


def _wrong_codes(row: dict[str, Any]) -> Iterable[str]:
    for field, length in _CODE_LENGTHS.items():
        if not re.fullmatch(rf"(?:[0-9]{{{length}}})?", str(row[field])):
            yield f"{field}: expected {length} digits or none"


def _refuse_repeated(field: str, banks: list[Bank]) -> None:
    owners: dict[str, str] = {}
    for number, bank in enumerate(banks, 1):
        value = getattr(bank, field)
        if value and value in owners:
            raise InvalidRegistry(
                f"row {number} ({bank.slug}): {field} {value} is already that of {owners[value]}"
            )
        owners[value] = bank.slug
