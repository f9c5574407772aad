"""A Flow JSON read into values, so that its rules need not doubt the shape of what they read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from whatsapp.native_flow.exceptions import InvalidDefinition

# Where a component holds others: Form, If, Switch.
_NESTS = ("children", "then", "else")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One component of a screen, wherever it is nested; `place` says where, for people."""

    place: str
    type: str
    properties: Mapping[str, object]

    @property
    def name(self) -> object:
        """What `${form.…}` calls the component's value; None when it has none."""
        return self.properties.get("name")

    def actions(self) -> Iterator[Mapping[str, object]]:
        """Yield what the component does when tapped, selected or unselected."""
        for key in ("on-click-action", "on-select-action", "on-unselect-action"):
            action = self.properties.get(key)
            if isinstance(action, dict):
                yield action


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One screen; `data` is the declared model of what the endpoint sends for it."""

    id: str
    properties: Mapping[str, object]
    data: Mapping[str, object]
    components: tuple[Component, ...]

    @property
    def is_terminal(self) -> bool:
        """Whether a Flow may end here."""
        return self.properties.get("terminal") is True

    def example(self, path: str) -> object:
        """Return the example of a declared value, by its path under `data`; None when none is."""
        first, *rest = path.split(".")
        model = self.data.get(first)
        value = model.get("__example__") if isinstance(model, dict) else None
        for key in rest:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def inputs(self) -> set[str]:
        """Return the names that `${form.…}` may use on this screen."""
        return {part.name for part in self.components if isinstance(part.name, str)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A whole Flow JSON; `routes` is None without a routing model."""

    properties: Mapping[str, object]
    screens: tuple[Screen, ...]
    routes: Mapping[str, Sequence[str]] | None

    def screen(self, screen_id: object) -> Screen | None:
        """Return the screen of that id, or None."""
        return next((screen for screen in self.screens if screen.id == screen_id), None)


def read(flow: Mapping[str, object]) -> Outline:
    """Return the outline; raise `InvalidDefinition` where the JSON has another shape."""
    screens = flow.get("screens")
    if not isinstance(screens, list) or not screens:
        raise InvalidDefinition("screens: expected a list of at least one screen")
    return Outline(
        properties=flow,
        screens=tuple(_screen(screen, number) for number, screen in enumerate(screens)),
        routes=_routes(flow.get("routing_model")),
    )


def _screen(screen: object, number: int) -> Screen:
    if not isinstance(screen, dict) or not isinstance(screen.get("id"), str):
        raise InvalidDefinition(f"screens[{number}]: expected an object with an id")
    data, layout = screen.get("data", {}), screen.get("layout")
    if not isinstance(data, dict):
        raise InvalidDefinition(f"{screen['id']}.data: expected an object")
    if not isinstance(layout, dict) or layout.get("type") != "SingleColumnLayout":
        raise InvalidDefinition(f"{screen['id']}.layout: expected a SingleColumnLayout")
    components = tuple(_components(layout.get("children"), screen["id"]))
    return Screen(id=screen["id"], properties=screen, data=data, components=components)


def _components(children: object, place: str) -> Iterator[Component]:
    if not isinstance(children, list):
        raise InvalidDefinition(f"{place}: expected a list of components")
    for number, child in enumerate(children):
        if not isinstance(child, dict) or not isinstance(child.get("type"), str):
            raise InvalidDefinition(f"{place}[{number}]: expected an object with a type")
        here = f"{place}[{number}] {child['type']}"
        yield Component(place=here, type=child["type"], properties=child)
        for nest in _nests(child):
            yield from _components(nest, here)


def _nests(component: Mapping[str, object]) -> Iterator[object]:
    yield from (component[key] for key in _NESTS if key in component)
    cases = component.get("cases")
    if isinstance(cases, dict):
        yield from cases.values()


def _routes(model: object) -> Mapping[str, Sequence[str]] | None:
    if model is None:
        return None
    if isinstance(model, dict) and all(_are_texts(targets) for targets in model.values()):
        return model
    raise InvalidDefinition("routing_model: expected a list of screen ids for each screen")


def _are_texts(targets: object) -> bool:
    return isinstance(targets, list) and all(isinstance(target, str) for target in targets)
