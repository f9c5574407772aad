"""What the Flows API says of a Flow JSON: enough that a phone can play what passes.

Written from Meta's reference and not from the product's own checks, which are stricter.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields

Json = dict[str, Any]

_VERSIONS = ("5.1", "6.0", "6.1", "6.2", "6.3", "7.0", "7.1", "7.2", "7.3")
_RESERVED = "SUCCESS"
_ACTIONS = ("navigate", "data_exchange", "complete", "update_data", "open_url")
_COMPONENTS = {
    *("TextHeading", "TextSubheading", "TextBody", "TextCaption", "RichText", "EmbeddedLink"),
    *("TextInput", "TextArea", "RadioButtonsGroup", "CheckboxGroup", "Dropdown", "OptIn"),
    *("DatePicker", "CalendarPicker", "PhotoPicker", "DocumentPicker", "ChipsSelector"),
    *("Image", "ImageCarousel", "NavigationList", "Footer", "Form", "If", "Switch"),
}
_DATA = re.compile(r"\$\{data\.([A-Za-z0-9_]+)")


class NotJson(Exception):
    """A file holds no Flow JSON at all; `problem` says so in Meta's shape."""

    def __init__(self) -> None:
        super().__init__()
        self.problem = _problem("INVALID_JSON", "The file is not a JSON object")


def parse(content: bytes) -> Json:
    """Return the Flow JSON in a file. Raises NotJson."""
    try:
        flow = fields.storable(json.loads(content), "flow")
    except (ValueError, RecursionError, Refusal) as error:
        raise NotJson from error
    if not isinstance(flow, dict):
        raise NotJson
    return flow


def problems(flow: Json) -> list[Json]:
    """Return what is wrong with it, in Meta's shape; nothing when it may be published."""
    screens = flow.get("screens")
    if not isinstance(screens, list) or not screens or not all(map(_is_screen, screens)):
        return [_problem("INVALID_PROPERTY", "Every screen needs an id and a layout", "screens")]
    return [
        *_of_flow(flow, screens),
        *(found for screen in screens for found in _of_screen(screen)),
    ]


def _is_screen(screen: object) -> bool:
    layout = screen.get("layout") if isinstance(screen, dict) else None
    children = layout.get("children") if isinstance(layout, dict) else None
    return isinstance(screen, dict) and isinstance(screen.get("id"), str) and bool(children)


def _of_flow(flow: Json, screens: list[Json]) -> Iterator[Json]:
    ids = [screen["id"] for screen in screens]
    if flow.get("version") not in _VERSIONS:
        yield _problem("INVALID_PROPERTY", "The version cannot be published", "version")
    if len(set(ids)) < len(ids):
        yield _problem("DUPLICATE_SCREEN_IDS", "Two screens have the same id", "screens")
    if not any(screen.get("terminal") for screen in screens):
        yield _problem("MISSING_TERMINAL_SCREEN", "No screen is terminal", "screens")
    routes = flow.get("routing_model", {})
    if "data_api_version" in flow and not routes:
        yield _problem(
            "INVALID_ROUTING_MODEL", "An endpoint needs a routing model", "routing_model"
        )
    if not isinstance(routes, dict) or not all(isinstance(to, list) for to in routes.values()):
        yield _problem("INVALID_ROUTING_MODEL", "Expected lists of screens", "routing_model")
    elif not {*routes, *(str(each) for to in routes.values() for each in to)} <= set(ids):
        yield _problem("INVALID_ROUTING_MODEL", "It names an unknown screen", "routing_model")


def _of_screen(screen: Json) -> Iterator[Json]:
    place = f"screens.{screen['id']}"
    if screen["id"] == _RESERVED:
        yield _problem("INVALID_SCREEN_ID", "The id is reserved", place)
    parts = list(_parts(screen["layout"]["children"]))
    types = [part.get("type") for part in parts]
    for unknown in {str(kind) for kind in types} - _COMPONENTS:
        yield _problem("INVALID_COMPONENT", f"There is no component {unknown}", place)
    if screen.get("terminal") and "Footer" not in types:
        yield _problem("MISSING_FOOTER", "A terminal screen needs a Footer", place)
    for action in _actions(parts):
        if not isinstance(action, dict) or action.get("name") not in _ACTIONS:
            yield _problem("INVALID_ACTION", "There is no such action", place)
    data = screen.get("data", {})
    declared = set(data) if isinstance(data, dict) else set()
    for name in sorted(set(_DATA.findall(json.dumps(screen["layout"]))) - declared):
        yield _problem("INVALID_DYNAMIC_DATA", f"data.{name} is not declared", place)


def _parts(children: Any) -> Iterator[Json]:
    for child in children if isinstance(children, list) else ():
        part = child if isinstance(child, dict) else {}
        yield part
        yield from _parts(part.get("children"))


def _actions(parts: list[Json]) -> Iterator[object]:
    for part in parts:
        for name in ("on-click-action", "on-select-action"):
            if name in part:
                yield part[name]


def _problem(error: str, message: str, path: str = "") -> Json:
    pointers = [{"path": path}] if path else []
    return {
        "error": error,
        "error_type": "FLOW_JSON_ERROR",
        "message": message,
        "pointers": pointers,
    }
