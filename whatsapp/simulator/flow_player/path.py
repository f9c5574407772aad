"""The screens that a person went through in a Flow: the one that is shown comes last."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from whatsapp.simulator.flow_player.bindings import Scope
from whatsapp.simulator.flow_player.exceptions import InvalidAnswer
from whatsapp.simulator.flow_player.flow_json import FlowJson


class Frame(TypedDict):
    """One screen, what it was given, and what the person put into it."""

    screen: str
    data: dict[str, Any]
    form: dict[str, Any]


def after(
    path: Sequence[Frame], screen: object, data: Mapping[str, Any], *, flow: FlowJson
) -> list[Frame]:
    """Return the path with that screen shown last.

    One that is on it already is refreshed: it keeps its form, and what came after it is left.
    Raises InvalidAnswer for a screen that does not exist, or that this one does not lead to.
    """
    if not isinstance(screen, str) or flow.screen(screen) is None:
        raise InvalidAnswer(f"there is no screen {screen!r}")
    ids = [frame["screen"] for frame in path]
    if screen in ids:
        place = ids.index(screen)
        return [*path[:place], Frame(screen=screen, data=dict(data), form=path[place]["form"])]
    if ids and not flow.leads(ids[-1], screen):
        raise InvalidAnswer(f"{ids[-1]} does not lead to {screen}")
    return [*path, Frame(screen=screen, data=dict(data), form={})]


def scope(path: Sequence[Frame]) -> Scope:
    """Return what the references of the last screen may use."""
    last = path[-1]
    screens = {frame["screen"]: {"data": frame["data"], "form": frame["form"]} for frame in path}
    return Scope(data=last["data"], form=last["form"], screens=screens)
