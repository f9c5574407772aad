"""What `${…}` refers to: it must exist, and be of the kind that the property takes."""

import re
from collections.abc import Iterator

from whatsapp.native_flow.outline import Component, Outline, Screen

_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
# The only properties that hold an expression; anywhere else one stands between backticks.
_EXPRESSIONS = {"condition", "value"}
_NESTS = {"children", "then", "else", "cases"}
_SWITCHES = ("visible", "required", "enabled")


def whole(text: object) -> str | None:
    """Return what a value that is one reference refers to (`data.banks`); None for any other."""
    found = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
    return found[1] if found else None


def problems(flow: Outline) -> Iterator[str]:
    """Yield references to nothing, those inside a longer text, and switches that are no boolean."""
    for screen in flow.screens:
        for component in screen.components:
            for key, text in _texts(component):
                for target in _REFERENCE.findall(text):
                    if not _exists(flow, screen, target):
                        yield f"{component.place}.{key}: ${{{target}}} refers to nothing"
                if _REFERENCE.search(text) and not _is_replaced(key, text):
                    yield f"{component.place}.{key}: a reference inside a text is shown as written"
            yield from _wrong_switches(screen, component)


def _texts(component: Component) -> Iterator[tuple[str, str]]:
    for key, value in component.properties.items():
        if key not in _NESTS:
            for text in _strings(value):
                yield key, text


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _is_replaced(key: str, text: str) -> bool:
    if whole(text) is not None or key in _EXPRESSIONS:
        return True
    return text.startswith("`") and text.endswith("`")


def _exists(flow: Outline, screen: Screen, target: str) -> bool:
    match target.split("."):
        case ["data", name, *rest]:
            path = target.removeprefix("data.")
            return name in screen.data and (not rest or screen.example(path) is not None)
        case ["form", name]:
            return name in screen.inputs()
        case ["screen", other_id, kind, *rest]:
            other = flow.screen(other_id)
            return other is not None and _exists(flow, other, ".".join([kind, *rest]))
        case _:
            return False


def _wrong_switches(screen: Screen, component: Component) -> Iterator[str]:
    for key in _SWITCHES:
        value = component.properties.get(key, True)
        target = whole(value)
        if target and target.startswith("data."):
            value = screen.example(target.removeprefix("data."))
        if not isinstance(value, bool):
            yield f"{component.place}.{key}: expected a boolean"
