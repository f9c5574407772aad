"""A screen's components with their values filled in, as the sheet shows them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from whatsapp.simulator.flow_player.bindings import Scope
from whatsapp.simulator.flow_player.flow_json import Json, components

_TEMPLATES = {
    **dict.fromkeys(("TextHeading", "TextSubheading", "TextBody", "TextCaption"), "text"),
    "TextInput": "input",
    "RadioButtonsGroup": "options",
    "CheckboxGroup": "options",
    "Dropdown": "dropdown",
    "EmbeddedLink": "link",
    "Image": "image",
    "OptIn": "opt_in",
    "Footer": "footer",
}
_MANY = "CheckboxGroup"
_ACTIONS = ("on-click-action", "on-select-action")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One component: its own words under `shows` (hyphens as `_`), and what a person put in.

    `number` is its place on the screen, whatever is visible. `action` is what tapping it does, not
    filled in yet; None when nothing. `acts_at_once` says that choosing is tapping.
    """

    number: int
    type: str
    shows: Mapping[str, Any]
    action: Json | None
    value: Any
    acts_at_once: bool = False

    @property
    def template(self) -> str:
        """Return the template that shows it; one of its own says that it is not played."""
        return f"simulator/flow/{_TEMPLATES.get(self.type, 'unknown')}.html"

    @property
    def name(self) -> str:
        """Return what `${form.…}` calls its value, "" when it has none."""
        return str(self.shows.get("name", ""))

    @property
    def is_link(self) -> bool:
        """Say whether it opens an address by itself, without asking anybody."""
        return self.action is not None and self.action["name"] == "open_url"

    @property
    def chosen(self) -> Sequence[Any]:
        """Return the ids of the options that are chosen."""
        return self.value if isinstance(self.value, list) else [self.value]

    def read(self, posted: Mapping[str, Sequence[str]]) -> Any:
        """Return the value that a form says it has; None for one that nobody touched."""
        values = posted.get(self.name, ())
        if self.type == _MANY:
            return list(values)
        if self.type == "OptIn":
            return bool(values)
        return values[-1] if values else None


def show(screen: Json, scope: Scope) -> Iterator[Part]:
    """Yield the parts of a screen that are visible."""
    for number, component in enumerate(components(screen)):
        words = {key: value for key, value in component.items() if key not in _ACTIONS}
        shows = {key.replace("-", "_"): value for key, value in scope.fill(words).items()}
        if shows.get("visible", True):
            yield Part(
                number=number,
                type=component["type"],
                shows=shows,
                action=component.get("on-click-action") or component.get("on-select-action"),
                value=scope.form.get(component.get("name", ""), shows.get("init_value")),
                acts_at_once="on-select-action" in component,
            )


def values(parts: Sequence[Part], posted: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Read a posted form; what nobody touched is not in it."""
    read = {part.name: part.read(posted) for part in parts if part.name}
    return {name: value for name, value in read.items() if value is not None}


def missing(parts: Sequence[Part], form: Mapping[str, Any]) -> list[str]:
    """Return the names of those that are required and empty; a Footer does nothing until then."""
    return [
        part.name
        for part in parts
        if part.name and part.shows.get("required", False) and not form.get(part.name)
    ]
