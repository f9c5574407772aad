"""What a screen may hold, and which screens there must be."""

import re
from collections import Counter
from collections.abc import Iterator

from whatsapp.native_flow.outline import Outline, Screen

_ID = re.compile(r"[A-Za-z_]+")
_RESERVED = "SUCCESS"
_COMPONENTS = 50
_OF_A_TYPE = {"Footer": 1, "EmbeddedLink": 2, "OptIn": 5, "Image": 3, "NavigationList": 2}


def problems(flow: Outline) -> Iterator[str]:
    """Yield wrong ids, crowded screens, and ends that are missing or have no way out."""
    for screen_id, times in Counter(screen.id for screen in flow.screens).items():
        if times > 1:
            yield f"{screen_id}: {times} screens have this id"
    terminal = [screen for screen in flow.screens if screen.is_terminal]
    if not terminal:
        yield "screens: none is terminal"
    elif not any(screen.properties.get("success", True) is True for screen in terminal):
        yield "screens: no terminal screen is a success"
    for screen in flow.screens:
        yield from _of_a_screen(screen)


def _of_a_screen(screen: Screen) -> Iterator[str]:
    if not _ID.fullmatch(screen.id):
        yield f"{screen.id!r}: an id has only letters and underscores"
    if screen.id == _RESERVED:
        yield f"{screen.id}: the id is reserved"
    if "success" in screen.properties and not screen.is_terminal:
        yield f"{screen.id}: only a terminal screen has success"
    if len(screen.components) > _COMPONENTS:
        yield f"{screen.id}: {len(screen.components)} components, at most {_COMPONENTS}"
    yield from _wrong_types(screen)
    inputs = Counter(part.name for part in screen.components if isinstance(part.name, str))
    for name, times in inputs.items():
        if times > 1:
            yield f"{screen.id}: {times} components are named {name}"


def _wrong_types(screen: Screen) -> Iterator[str]:
    types = Counter(component.type for component in screen.components)
    for kind, limit in _OF_A_TYPE.items():
        if types[kind] > limit:
            yield f"{screen.id}: {types[kind]} of {kind}, at most {limit}"
    if screen.is_terminal and not types["Footer"]:
        yield f"{screen.id}: a terminal screen needs a Footer"
