"""A small Flow JSON that is right, and a way to break copies of it."""

from copy import deepcopy
from typing import Any

ENTRY, END = 0, 1
# Where the components of the sample's screens are.
HEADING, NAME, KIND, SEARCH, POLICY, NEXT = range(6)
MESSAGE, CLOSE = range(2)

DELETED = object()

_OPTION = {"type": "object", "properties": {"id": {"type": "string"}, "title": {"type": "string"}}}

SAMPLE: dict[str, Any] = {
    "version": "7.3",
    "data_api_version": "3.0",
    "routing_model": {"ENTRY": ["END"], "END": []},
    "screens": [
        {
            "id": "ENTRY",
            "title": "Entry",
            "data": {
                "kinds": {
                    "type": "array",
                    "items": _OPTION,
                    "__example__": [{"id": "a", "title": "A"}, {"id": "b", "title": "B"}],
                },
                "is_new": {"type": "boolean", "__example__": True},
                "person": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}},
                    "__example__": {"name": "Ana"},
                },
                "count": {"type": "number", "__example__": 2},
            },
            "layout": {
                "type": "SingleColumnLayout",
                "children": [
                    {
                        "type": "TextHeading",
                        "text": "${data.person.name}",
                        "visible": "${data.is_new}",
                    },
                    {"type": "TextInput", "name": "name", "label": "Name", "required": False},
                    {
                        "type": "RadioButtonsGroup",
                        "name": "kind",
                        "label": "Kind",
                        "data-source": "${data.kinds}",
                    },
                    {
                        "type": "EmbeddedLink",
                        "text": "Search",
                        "on-click-action": {
                            "name": "data_exchange",
                            "payload": {"name": "${form.name}"},
                        },
                    },
                    {
                        "type": "EmbeddedLink",
                        "text": "Policy",
                        "on-click-action": {"name": "open_url", "url": "https://example.com/"},
                    },
                    {
                        "type": "Footer",
                        "label": "Next",
                        "on-click-action": {
                            "name": "navigate",
                            "next": {"type": "screen", "name": "END"},
                            "payload": {"kind": "${form.kind}"},
                        },
                    },
                ],
            },
        },
        {
            "id": "END",
            "title": "End",
            "terminal": True,
            "data": {"kind": {"type": "string", "__example__": "a"}},
            "layout": {
                "type": "SingleColumnLayout",
                "children": [
                    {"type": "TextBody", "markdown": True, "text": ["1. One", "2. **Two**"]},
                    {
                        "type": "Footer",
                        "label": "Close",
                        "on-click-action": {
                            "name": "complete",
                            "payload": {
                                "kind": "${data.kind}",
                                "name": "${screen.ENTRY.form.name}",
                            },
                        },
                    },
                ],
            },
        },
    ],
}


def part(screen: int, component: int, *path: str | int) -> tuple[str | int, ...]:
    return ("screens", screen, "layout", "children", component, *path)


def data(name: str, *path: str | int) -> tuple[str | int, ...]:
    return ("screens", ENTRY, "data", name, *path)


def changed(flow: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """Return a copy with another value at the path, or nothing there for DELETED."""
    copy: dict[str, Any] = deepcopy(flow)
    place: Any = copy
    for key in path[:-1]:
        place = place[key]
    if value is DELETED:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return copy
