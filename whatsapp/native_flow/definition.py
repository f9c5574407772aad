"""Load a Flow JSON, and check it against the rules that WhatsApp applies when it is uploaded.

The rules are those of Meta's Flow JSON reference for 7.x. Only an upload is the final word: what
passes here may still be refused there.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from whatsapp.native_flow import outline
from whatsapp.native_flow.exceptions import InvalidDefinition
from whatsapp.native_flow.rules import actions, components, data, references, routing, screens

_SIZE = 10 * 1024 * 1024
_VERSIONS = ("7.0", "7.1", "7.2", "7.3")
_DATA_API_VERSIONS = ("3.0", "4.0")
_RULES = (screens, routing, data, references, components, actions)


def load(path: Path) -> dict[str, object]:
    """Return a file's Flow JSON, unchecked; raise `InvalidDefinition` when it holds none."""
    try:
        flow = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidDefinition(f"{path}: {error}") from error
    if not isinstance(flow, dict):
        raise InvalidDefinition(f"{path}: expected an object")
    return flow


def check(flow: Mapping[str, object]) -> list[str]:
    """Return what is wrong with a Flow JSON, one line each with its place; empty when nothing is.

    Where the shape itself is wrong, that alone is told.
    """
    try:
        whole = outline.read(flow)
    except InvalidDefinition as error:
        return [str(error)]
    problems = [*_top_level(flow), *_nulls(flow, "flow")]
    for rule in _RULES:
        problems += rule.problems(whole)
    return problems


def version_hash(flow: Mapping[str, object]) -> str:
    """Return what tells whether two Flow JSONs are the same, however they are laid out."""
    canonical = json.dumps(flow, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _top_level(flow: Mapping[str, object]) -> Iterator[str]:
    if flow.get("version") not in _VERSIONS:
        yield f"version: expected one of {', '.join(_VERSIONS)}"
    if flow.get("data_api_version", "3.0") not in _DATA_API_VERSIONS:
        yield f"data_api_version: expected one of {', '.join(_DATA_API_VERSIONS)}"
    if flow.get("data_api_version") == "4.0" and flow.get("version") != "7.3":
        yield "data_api_version: 4.0 needs version 7.3"
    if len(json.dumps(flow)) > _SIZE:
        yield f"flow: is larger than {_SIZE} bytes"


def _nulls(value: object, place: str) -> Iterator[str]:
    if value is None:
        yield f"{place}: null is not allowed"
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _nulls(item, f"{place}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _nulls(item, f"{place}[{number}]")
