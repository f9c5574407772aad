"""A template message with its variables filled in, as the phone shows it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from whatsapp.simulator.models import SimulatedTemplate

Json = Mapping[str, Any]

_VARIABLE = re.compile(r"\{\{([A-Za-z0-9_]+)\}\}")


class Filled:
    """An approved template and the parameters of one message.

    Where the simulator forgot the template, the parameters of its body are left to show.
    """

    def __init__(self, template: SimulatedTemplate | None, content: Json) -> None:
        """Take the template, if there still is one, and the message's `template` object."""
        self._told = {
            str(component["type"]).upper(): component
            for component in (template.components if template else ())
        }
        self._given: Sequence[Json] = content.get("components", ())
        self.is_authentication = template is not None and template.category == "AUTHENTICATION"

    def text(self, kind: str) -> str:
        """Return the HEADER, BODY or FOOTER, "" when it has none of its own."""
        given = self.parameters(kind.lower())
        if not self._told:
            return "\n".join(given.values()) if kind == "BODY" else ""
        return _filled(str(self._told.get(kind, {}).get("text", "")), given)

    @property
    def minutes(self) -> int | None:
        """Return for how long a code holds; None when that is not said."""
        minutes: int | None = self._told.get("FOOTER", {}).get("code_expiration_minutes")
        return minutes

    @property
    def code(self) -> str:
        """Return the one-time code."""
        return next(iter(self.parameters("body").values()), "")

    def buttons(self) -> Iterator[tuple[int, Json, Mapping[str, str]]]:
        """Yield each button's index, what was approved of it, and what fills it in."""
        for index, button in enumerate(self._told.get("BUTTONS", {}).get("buttons", ())):
            yield index, button, self.parameters("button", index=index)

    def parameters(self, kind: str, *, index: int | None = None) -> dict[str, str]:
        """Return the texts of one component by their names, or by their places from 1."""
        for component in self._given:
            if component["type"] == kind and (index is None or int(component["index"]) == index):
                return {
                    str(parameter.get("parameter_name", place)): str(parameter.get("text", ""))
                    for place, parameter in enumerate(component["parameters"], 1)
                }
        return {}


def address(url: str, parameters: Mapping[str, str]) -> str:
    """Return a button's URL with its end filled in."""
    return _filled(url, parameters)


def _filled(text: str, parameters: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: parameters.get(found[1], found[0]), text)
