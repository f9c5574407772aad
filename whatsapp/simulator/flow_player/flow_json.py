"""A Flow JSON as a phone reads it; the Flows API refused a wrong one when it was uploaded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowJson:
    """The screens of a Flow, and which may follow which."""

    content: Json

    @property
    def data_api_version(self) -> str:
        """Return what requests to the endpoint say of themselves."""
        return str(self.content.get("data_api_version", "3.0"))

    @property
    def entry(self) -> str:
        """Return the id of the screen that no other leads to."""
        ids = [str(screen["id"]) for screen in self.content["screens"]]
        reached = {target for targets in self._routes.values() for target in targets}
        return next((screen_id for screen_id in ids if screen_id not in reached), ids[0])

    def screen(self, screen_id: object) -> Json | None:
        """Return a screen by its id, or None."""
        screens = self.content["screens"]
        return next((screen for screen in screens if screen["id"] == screen_id), None)

    def leads(self, origin: str, target: str) -> bool:
        """Say whether a screen may follow another; without a routing model any may."""
        return not self._routes or target in self._routes.get(origin, ())

    @property
    def _routes(self) -> Mapping[str, list[str]]:
        return self.content.get("routing_model") or {}


def components(screen: Json) -> Iterator[Json]:
    """Yield a screen's components in order; a Form, which only holds others, gives its own."""
    for component in screen["layout"]["children"]:
        if component["type"] == "Form":
            yield from component["children"]
        else:
            yield component
