"""What tapping does: which actions a component may have, and where they lead."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from whatsapp.native_flow.outline import Component, Outline, Screen

_ACTIONS = {"navigate", "data_exchange", "complete", "update_data", "open_url"}
_OPENS_URLS = {"EmbeddedLink", "OptIn"}
_TAPPED = {"Footer", "EmbeddedLink"}


def problems(flow: Outline) -> Iterator[str]:
    """Yield actions that are missing, unknown, out of place, or lead to nothing."""
    for screen in flow.screens:
        for component in screen.components:
            actions = list(component.actions())
            if component.type in _TAPPED and not actions:
                yield f"{component.place}: needs an on-click-action"
            for action in actions:
                for problem in _of_an_action(flow, screen, component, action):
                    yield f"{component.place}: {problem}"


def _of_an_action(
    flow: Outline, screen: Screen, component: Component, action: Mapping[str, object]
) -> Iterator[str]:
    name = action.get("name")
    if not isinstance(name, str) or name not in _ACTIONS:
        yield f"{name} is not an action"
    elif name == "navigate":
        yield from _of_navigate(flow, screen, action)
    elif name == "open_url":
        yield from _of_open_url(component, action)
    elif name == "data_exchange" and "data_api_version" not in flow.properties:
        yield "data_exchange needs data_api_version"
    elif name == "complete" and not (component.type == "Footer" and screen.is_terminal):
        yield "complete is only for the Footer of a terminal screen"


def _of_navigate(flow: Outline, screen: Screen, action: Mapping[str, object]) -> Iterator[str]:
    following = action.get("next")
    target = flow.screen(following.get("name") if isinstance(following, dict) else None)
    if target is None:
        yield "navigate leads to no screen"
        return
    if flow.routes is not None and target.id not in flow.routes.get(screen.id, ()):
        yield f"navigate leads to {target.id}, which is not among the routes"
    payload = action.get("payload", {})
    sent = set(payload) if isinstance(payload, dict) else set()
    if sent != set(target.data):
        yield f"navigate must send exactly what {target.id} declares"


def _of_open_url(component: Component, action: Mapping[str, object]) -> Iterator[str]:
    if component.type not in _OPENS_URLS:
        yield f"a {component.type} cannot open a URL"
    url = action.get("url")
    if not isinstance(url, str) or not _is_secure(url):
        yield "open_url needs an https URL"


def _is_secure(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
