"""Every address of the admin, as the site itself lists them, and where to ask for each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, reverse

from tests.pierre.staff.table import APPS, MODELS, OWN, QUERIES

KINDS = ("changelist", "add", "change", "delete", "history")
_OF_A_ROW = ("change", "delete", "history")
CATCH_ALL = "(?P<url>.*)$"
OBJECT = "<path:object_id>/"
RowOf = Callable[[str], Model]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A pattern of the admin: its name, or "", and its whole route."""

    name: str
    route: str

    def page(self) -> tuple[str, str] | None:
        """Return the model that it is about and which of its pages it is, or None."""
        for label in MODELS:
            start = label.replace(".", "_") + "_"
            if self.name.startswith(start) and self.name.removeprefix(start) in KINDS:
                return label, self.name.removeprefix(start)
        return None


def every(
    patterns: list[URLPattern | URLResolver] | None = None, before: str = ""
) -> Iterator[Address]:
    """Yield every pattern of the site, those inside of others included."""
    for pattern in admin.site.get_urls() if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from every(pattern.url_patterns, route)
        else:
            yield Address(name=pattern.name or "", route=route)


def paths(address: Address, row_of: RowOf) -> list[str]:
    """Return where to ask for it; `row_of` gives a row of a model by its label."""
    if not address.name:
        return [f"/admin/{address.route}".replace(OBJECT, "1/").replace(CATCH_ALL, "nowhere")]
    query = QUERIES.get(address.name, "")
    return [
        reverse(f"admin:{address.name}", args=arguments) + query
        for arguments in _arguments(address, row_of)
    ]


def _arguments(address: Address, row_of: RowOf) -> list[list[object]]:
    match address.page():
        case (label, kind) if kind in _OF_A_ROW:
            return [[row_of(label).pk]]
    if address.name in OWN:
        own = OWN[address.name]
        return [[row_of(own.of).pk, *own.more]]
    if address.name == "view_on_site":
        return [[1, 1]]
    if address.name == "app_list":
        return [[app] for app in APPS]
    return [[]]
