"""Read the participants directory: the brands that a person can share data from, and what is wrong.

Its rows are written by many hands, so one that cannot be read is told of and left out, and the
others count. The shapes are those of the directory's participants API 1.1.0.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils import timezone

from openfinance.directory import names
from openfinance.models import Bank

# The directory had 107 organisations in July 2026: with fewer than this it is not all of it.
FEWEST: Final = 50
_CERTIFIED: Final = ("Certified", "Self-Certified")
_PRODUCTS: Final = ("accounts", "credit-cards-accounts")
_CONSENTS_PATH: Final = "/consents/v3/consents"
_DATES: Final = ("%d/%m/%Y", "%Y-%m-%d")
Json = Mapping[str, Any]


class InvalidDirectory(ValueError):
    """The directory cannot be used at all; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An authorisation server that offers what a connection needs, with the directory's ids."""

    id: str
    issuer: str
    discovery_url: str
    consents_url: str
    version: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """One brand of an organisation, for one audience, however many servers it has.

    `brand` is what the directory calls it and `name` that without what says for whom it is.
    `registration` is the CNPJ, or the 8 digits that are all some rows have. `hosts` are those that
    the organisation's own rows name, the logo's aside.
    """

    organisation_id: str
    brand: str
    name: str
    audience: Bank.Audience
    legal_name: str
    registration: str
    servers: tuple[Server, ...]
    logo_url: str
    hosts: frozenset[str]

    @property
    def label(self) -> str:
        return f"{self.legal_name}: {self.brand}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """All of the directory that can be read; brands in its order.

    `unreadable` are the organisations some row of which could not be read: what they lack may be
    there nevertheless.
    """

    brands: tuple[Brand, ...]
    problems: tuple[str, ...]
    unreadable: frozenset[str]


class _BadRow(ValueError):
    """A row does not have the directory's shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """A server as its row shows it, before those of one brand are put together."""

    brand: str
    audience: Bank.Audience
    server: Server
    logo_url: str


def read(content: bytes) -> Directory:
    """Return what the directory says. Raises InvalidDirectory for what is not all of one."""
    try:
        rows = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidDirectory("not JSON, or cut short") from error
    if not isinstance(rows, list):
        raise InvalidDirectory("not a list of organisations")
    organisations = {_id(row, "OrganisationId") for row in rows} - {""}
    if len(organisations) < FEWEST:
        raise InvalidDirectory(
            f"{len(organisations)} organisations, and there are {FEWEST} at least: it was cut short"
        )
    brands: list[Brand] = []
    problems: list[str] = []
    unreadable: set[str] = set()
    servers: set[str] = set()
    for number, row in enumerate(rows, 1):
        found: list[str] = []
        brands += _brands(row, servers, found.append)
        problems += [f"row {number}, {_title(row)}: {problem}" for problem in found]
        if found:
            unreadable.add(_id(row, "OrganisationId"))
    return Directory(
        brands=tuple(brands), problems=tuple(problems), unreadable=frozenset(unreadable)
    )


def _brands(row: Any, known: set[str], complain: Callable[[str], None]) -> list[Brand]:
    """Return the brands of an organisation's row, and add its servers to those known before."""
    try:
        organisation_id = _identifier(row, "OrganisationId")
        if not _takes_part(row):
            return []
        registration = names.registration(_text(row, "RegistrationNumber"))
        legal_name = names.cleaned(_text(row, "RegisteredName", "LegalEntityName"))[:200]
        servers = _rows(row, "AuthorisationServers")
    except ValueError as error:
        complain(str(error))
        return []
    offers = []
    for offer in _offers(servers, complain):
        if offer.server.id in known:
            complain(f"server {offer.server.id}: listed before")
            continue
        known.add(offer.server.id)
        offers.append(offer)
    hosts = frozenset(_hosts(servers))
    offers.sort(key=lambda offer: (offer.brand, offer.audience))
    return [
        Brand(
            organisation_id=organisation_id,
            brand=brand,
            name=names.plain(brand),
            audience=audience,
            legal_name=legal_name,
            registration=registration,
            servers=tuple(offer.server for offer in same),
            logo_url=next((offer.logo_url for offer in same if offer.logo_url), ""),
            hosts=hosts,
        )
        for (brand, audience), group in groupby(offers, lambda one: (one.brand, one.audience))
        if (same := _best_first(group))
    ]


def _best_first(offers: Iterator[_Offer]) -> list[_Offer]:
    ordered = sorted(offers, key=lambda offer: offer.server.id)
    return sorted(ordered, key=lambda offer: offer.server.version, reverse=True)


def _takes_part(row: Json) -> bool:
    """Tell whether the organisation is one that shares its customers' data."""
    roles = _rows(row, "OrgDomainRoleClaims")
    gives_data = any(
        role.get("Role") == "DADOS" and role.get("Status") == "Active" for role in roles
    )
    return row.get("Status") == "Active" and gives_data


def _offers(servers: list[Json], complain: Callable[[str], None]) -> Iterator[_Offer]:
    for server in servers:
        try:
            offer = _offer(server)
        except ValueError as error:
            complain(f"server {_id(server, 'AuthorisationServerId') or 'without id'}: {error}")
        else:
            if offer:
                yield offer


def _offer(row: Json) -> _Offer | None:
    """Return what the server offers; None when it is not what a connection needs."""
    if _is_over(row):
        return None
    usable = [resource for resource in _rows(row, "ApiResources") if _is_usable(resource)]
    families = {resource.get("ApiFamilyType") for resource in usable}
    consents = max(_consents(usable), default=None)
    if consents is None or families.isdisjoint(_PRODUCTS):
        return None
    version, consents_url = consents
    brand = names.cleaned(_text(row, "CustomerFriendlyName"))
    if not names.plain(brand):
        raise _BadRow(f"CustomerFriendlyName: {brand!r} is no name")
    logo_url = row.get("CustomerFriendlyLogoUri")
    return _Offer(
        brand=brand,
        audience=names.audience(brand, families),
        server=Server(
            id=_identifier(row, "AuthorisationServerId"),
            issuer=_address(row, "Issuer"),
            discovery_url=_address(row, "OpenIDDiscoveryDocument"),
            consents_url=consents_url,
            version=version,
        ),
        logo_url=logo_url if isinstance(logo_url, str) else "",
    )


def _is_over(row: Json) -> bool:
    if row.get("SupersededByAuthorisationServerId"):
        return True
    return any(_is_past(row.get(key)) for key in ("DeprecatedDate", "RetirementDate"))


def _is_past(value: object) -> bool:
    """Tell whether a date has come; one that cannot be read counts as past."""
    return bool(value) and (_day(str(value)) or date.min) <= timezone.localdate()


def _day(text: str) -> date | None:
    for pattern in _DATES:
        try:
            return datetime.strptime(text[:10], pattern).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    return None


def _is_usable(resource: Json) -> bool:
    """Tell whether a resource is active and certified; older rows say only the one or the other."""
    status, certification = resource.get("Status"), resource.get("CertificationStatus")
    if status and status != "Active":
        return False
    return certification in _CERTIFIED if certification else status == "Active"


def _consents(resources: list[Json]) -> Iterator[tuple[tuple[int, ...], str]]:
    for resource in resources:
        version = _version(resource.get("ApiVersion"))
        if resource.get("ApiFamilyType") == "consents" and version[:1] == (3,):
            for endpoint in _rows(resource, "ApiDiscoveryEndpoints"):
                url = _address(endpoint, "ApiEndpoint").rstrip("/")
                if urlsplit(url).path.endswith(_CONSENTS_PATH):
                    yield version, url


def _version(value: object) -> tuple[int, ...]:
    parts = str(value).split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


def _hosts(servers: list[Json]) -> Iterator[str]:
    keys = ("Issuer", "OpenIDDiscoveryDocument", "DeveloperPortalUri", "TermsOfServiceUri")
    for server in servers:
        resources = server.get("ApiResources")
        rows = [row for row in resources if isinstance(row, dict)] if resources else []
        endpoints = [one for row in rows for one in row.get("ApiDiscoveryEndpoints") or ()]
        urls = [server.get(key) for key in keys]
        urls += [one.get("ApiEndpoint") for one in endpoints if isinstance(one, dict)]
        for url in urls:
            if host := names.host(url):
                yield host


def _address(row: Json, key: str) -> str:
    url = _text(row, key)
    if not names.host(url):
        raise _BadRow(f"{key}: {url!r} is no https address")
    return url


def _identifier(row: Json, key: str) -> str:
    text = _text(row, key)
    if not text.isprintable():
        raise _BadRow(f"{key}: {text!r} is no id")
    return text


def _text(row: Json, *keys: str) -> str:
    """Return the first of these that says something."""
    if not isinstance(row, dict):
        raise _BadRow("expected an object")
    for key in keys:
        value = row.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    raise _BadRow(f"{keys[0]}: expected a text")


def _rows(row: Json, key: str) -> list[Json]:
    """Return the objects of a list; a list that is null has none."""
    value = row.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _BadRow(f"{key}: expected a list of objects")
    return value


def _id(row: Any, key: str) -> str:
    """Return a text of a row that may be anything, fit to be shown; empty without one."""
    value = row.get(key) if isinstance(row, dict) else None
    return names.cleaned(value) if isinstance(value, str) else ""


def _title(row: Any) -> str:
    return _id(row, "OrganisationName") or _id(row, "OrganisationId") or "without a name"
