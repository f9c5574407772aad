"""The routing model: every screen in it, forward only, from one that no other leads to."""

from collections.abc import Iterator, Mapping, Sequence

from whatsapp.native_flow.outline import Outline

_BRANCHES = 10
Routes = Mapping[str, Sequence[str]]


def problems(flow: Outline) -> Iterator[str]:
    """Yield missing, unknown, circular, unconnected and dead-end routes."""
    if flow.routes is None:
        if "data_api_version" in flow.properties:
            yield "routing_model: is needed with data_api_version"
        return
    ids = [screen.id for screen in flow.screens]
    yield from _unknown(flow.routes, ids)
    yield from _circular(flow.routes)
    yield from _unconnected(flow.routes, ids)
    for screen in flow.screens:
        if not screen.is_terminal and not flow.routes.get(screen.id):
            yield f"routing_model: {screen.id} leads nowhere and is not terminal"


def _unknown(routes: Routes, ids: Sequence[str]) -> Iterator[str]:
    for screen_id in ids:
        if screen_id not in routes:
            yield f"routing_model: {screen_id} is missing"
    for source, targets in routes.items():
        if source not in ids:
            yield f"routing_model: {source} is not a screen"
        if len(targets) > _BRANCHES:
            yield f"routing_model: {source} has {len(targets)} branches, at most {_BRANCHES}"
        for target in targets:
            if target not in ids:
                yield f"routing_model: {source} leads to {target}, which is not a screen"


def _circular(routes: Routes) -> Iterator[str]:
    for source in routes:
        if source in _reached(routes, routes[source]):
            yield f"routing_model: {source} leads back to itself; a refresh needs no route"


def _unconnected(routes: Routes, ids: Sequence[str]) -> Iterator[str]:
    inbound = {target for targets in routes.values() for target in targets}
    entries = [screen_id for screen_id in ids if screen_id not in inbound]
    if not entries:
        yield "routing_model: there is no entry screen, one that no other leads to"
        return
    for screen_id in entries[1:]:
        yield f"routing_model: no screen leads to {screen_id}, and {entries[0]} is the entry"
    for screen_id in sorted((inbound & set(ids)) - _reached(routes, entries)):
        yield f"routing_model: {screen_id} cannot be reached"


def _reached(routes: Routes, starts: Sequence[str]) -> set[str]:
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        screen_id = waiting.pop()
        if screen_id not in reached:
            reached.add(screen_id)
            waiting.extend(routes.get(screen_id, ()))
    return reached
