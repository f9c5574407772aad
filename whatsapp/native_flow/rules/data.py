"""The data model of each screen: a typed entry, with an example, for what the endpoint sends."""

import re
from collections.abc import Iterator, Mapping

from whatsapp.native_flow.outline import Outline

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TYPES: Mapping[object, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "object": dict,
    "array": list,
}


def problems(flow: Outline) -> Iterator[str]:
    """Yield entries without a type or an example, and examples of another type."""
    for screen in flow.screens:
        for name, model in screen.data.items():
            place = f"{screen.id}.data.{name}"
            if not _NAME.fullmatch(name):
                yield f"{place}: a name has only letters, digits and underscores"
            if not isinstance(model, dict):
                yield f"{place}: expected an object"
            elif "__example__" not in model:
                yield f"{place}: __example__ is missing"
            else:
                yield from _of_a_value(model, model["__example__"], place)


def _of_a_value(model: object, value: object, place: str) -> Iterator[str]:
    kind = model.get("type") if isinstance(model, dict) else None
    expected = _TYPES.get(kind) if isinstance(kind, str) else None
    if not isinstance(model, dict) or expected is None:
        yield f"{place}: expected a type, one of {', '.join(map(str, _TYPES))}"
    elif not isinstance(value, expected) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{place}: the example is not of type {kind}"
    elif isinstance(value, list):
        if "items" not in model:
            yield f"{place}: an array needs items"
            return
        for number, item in enumerate(value):
            yield from _of_a_value(model["items"], item, f"{place}[{number}]")
    elif isinstance(value, dict):
        yield from _of_an_object(model, value, place)


def _of_an_object(
    model: Mapping[str, object], value: Mapping[str, object], place: str
) -> Iterator[str]:
    properties = model.get("properties")
    if not isinstance(properties, dict):
        yield f"{place}: an object needs properties"
        return
    for key, item in value.items():
        if key in properties:
            yield from _of_a_value(properties[key], item, f"{place}.{key}")
        else:
            yield f"{place}.{key}: is not among the properties"
