"""Which bank each brand of the directory is, and what that changes.

A brand is the bank that was led to it so far; else the one that a rule names; else the one with its
organisation's code, if the names agree. A name alone decides nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from django.utils.text import slugify

from openfinance import catalogue, matching, registry
from openfinance.directory import names
from openfinance.directory.brand_rules import Rule, Rules
from openfinance.directory.participants import Brand, Directory, Server
from openfinance.models import Bank
from openfinance.serving_plans import Change, Plan, differences

# What our registration at one server says, and at another server does not hold.
_OURS: Final = ("client_id", "encrypts_requests")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A brand that is to be a bank; `is_sole` says that its organisation has no other."""

    brand: Brand
    rule: Rule | None
    is_sole: bool = False

    @property
    def audience(self) -> Bank.Audience:
        return (self.rule and self.rule.audience) or self.brand.audience


@dataclass(eq=False, slots=True, kw_only=True)
class Matches:
    """Which of the banks each brand is; a bank is one brand's at most."""

    banks: Sequence[Bank]
    rules: Rules
    _taken: set[str] = field(default_factory=set)

    def of(self, brands: Iterable[Brand]) -> list[tuple[_Wanted, Bank | None]]:
        """Return each brand once, those with the same name put together, with its bank if any."""
        wanted = _wanted(brands, self.rules)
        found: dict[int, Bank] = {}
        # The surest first, so that no guess takes the bank of one that is known.
        for find in (self._known_by_server, self._known_by_brand, self._ruled, self._coded):
            for place, one in enumerate(wanted):
                bank = None if place in found else find(one)
                if bank and bank.slug not in self._taken:
                    self._taken.add(bank.slug)
                    found[place] = bank
        return [(one, found.get(place)) for place, one in enumerate(wanted)]

    def _known_by_server(self, wanted: _Wanted) -> Bank | None:
        ids = {server.id for server in wanted.brand.servers}
        return self._first(
            bank
            for bank in self.banks
            if bank.provider_reference.get("authorisation_server_id") in ids
        )

    def _known_by_brand(self, wanted: _Wanted) -> Bank | None:
        brand = wanted.brand
        return self._first(
            bank
            for bank in self.banks
            if bank.provider_reference.get("organisation_id") == brand.organisation_id
            and bank.provider_reference.get("brand") == brand.brand
        )

    def _ruled(self, wanted: _Wanted) -> Bank | None:
        slug = wanted.rule.slug if wanted.rule else None
        return self._first(bank for bank in self.banks if bank.slug == slug)

    def _coded(self, wanted: _Wanted) -> Bank | None:
        """Find the only bank with the organisation's code whose name agrees."""
        brand = wanted.brand
        if wanted.rule:
            return None
        ispb = self.rules.ispb(brand.registration)
        coded = [
            bank
            for bank in self.banks
            if (bank.ispb == ispb or bank.cnpj == brand.registration)
            and "authorisation_server_id" not in bank.provider_reference
            and (bank.audience == wanted.audience or wanted.is_sole)
            and _agrees(bank, brand, is_sole=wanted.is_sole)
        ]
        return coded[0] if len(coded) == 1 else None

    def _first(self, banks: Iterable[Bank]) -> Bank | None:
        return next((bank for bank in banks if bank.slug not in self._taken), None)


def make(directory: Directory, banks: Sequence[Bank], *, rules: Rules, today: date) -> Plan:
    """Return what the directory changes; what staff own, and whom they let serve, it leaves."""
    curated = {bank.slug for bank in registry.read()}
    matched = Matches(banks=banks, rules=rules).of(directory.brands)
    changes: list[Change] = []
    left, unchanged, moved = [], [], []
    for wanted, bank in matched:
        if bank is None:
            continue
        if not _is_ours(bank):
            left.append(bank.slug)
            continue
        server = _server(wanted.brand, bank.provider_reference)
        fields = _facts(wanted, rules) if bank.slug not in curated else {}
        fields |= _way(wanted.brand, server, bank)
        if _moves(bank, server):
            moved.append(bank.slug)
        found = differences(bank, fields)
        changes += found
        if not found:
            unchanged.append(bank.slug)
    gone = _gone(directory, banks, {bank.slug for _, bank in matched if bank}, today=today)
    created, problems = _created([one for one, bank in matched if bank is None], banks, rules)
    return Plan(
        created=tuple(created),
        changes=(*changes, *gone),
        gone=tuple(change.slug for change in gone),
        moved=tuple(moved),
        left=tuple(left),
        unchanged=tuple(unchanged),
        problems=(*directory.problems, *problems),
        served_before=sum(_is_led_to(bank) for bank in banks),
    )


def _wanted(brands: Iterable[Brand], rules: Rules) -> list[_Wanted]:
    merged: dict[object, _Wanted] = {}
    for brand in brands:
        rule = rules.of(organisation_id=brand.organisation_id, brand=brand.brand)
        own = (brand.organisation_id, brand.name.casefold(), brand.audience)
        key = rule.slug if rule else own
        if other := merged.get(key):
            both = other.brand.servers + brand.servers
            merged[key] = replace(other, brand=replace(other.brand, servers=both))
        else:
            merged[key] = _Wanted(brand=brand, rule=rule)
    counts = Counter(one.brand.organisation_id for one in merged.values())
    return [replace(one, is_sole=counts[one.brand.organisation_id] == 1) for one in merged.values()]


def _agrees(bank: Bank, brand: Brand, *, is_sole: bool) -> bool:
    """Tell whether the bank is called like the brand; an only brand needs but a word of it."""
    if catalogue.is_named(bank, brand.name):
        return True
    called = matching.phrase(" ".join((bank.name, *bank.aliases))[: matching.LONGEST_QUERY])
    return is_sole and not set(matching.phrase(brand.name).words).isdisjoint(called.words)


def _is_ours(bank: Bank) -> bool:
    """Tell whether the directory may say how the bank is reached, as staff have not said it."""
    if bank.provider == Bank.Provider.BRASIL:
        return True
    return not bank.provider and not bank.provider_reference


def _is_led_to(bank: Bank) -> bool:
    return (
        bank.provider == Bank.Provider.BRASIL
        and "authorisation_server_id" in bank.provider_reference
        and not bank.unavailable_reason
    )


def _server(brand: Brand, reference: dict[str, Any]) -> Server:
    used = reference.get("authorisation_server_id")
    return next((one for one in brand.servers if one.id == used), brand.servers[0])


def _moves(bank: Bank, server: Server) -> bool:
    return bool(bank.provider_reference.get("authorisation_server_id", server.id) != server.id)


def _way(brand: Brand, server: Server, bank: Bank | None) -> dict[str, Any]:
    """Return what leads to the bank, with what of our own its row already holds."""
    kept = dict(bank.provider_reference) if bank else {}
    if bank and _moves(bank, server):
        kept = {key: value for key, value in kept.items() if key not in _OURS}
    reason = bank.unavailable_reason if bank else ""
    return {
        "provider": Bank.Provider.BRASIL,
        "provider_reference": {
            **kept,
            "organisation_id": brand.organisation_id,
            "authorisation_server_id": server.id,
            "brand": brand.brand,
            "issuer": server.issuer,
            "discovery_url": server.discovery_url,
            "consents_url": server.consents_url,
        },
        "unavailable_reason": "" if reason.startswith(registry.OUTSIDE) else reason,
    }


def _facts(wanted: _Wanted, rules: Rules) -> dict[str, Any]:
    registration = wanted.brand.registration
    return {
        "legal_name": wanted.brand.legal_name,
        "cnpj": registration if len(registration) > 8 else "",  # noqa: PLR2004
        "ispb": rules.ispb(registration),
    }


def _gone(
    directory: Directory, banks: Sequence[Bank], listed: Collection[str], *, today: date
) -> list[Change]:
    reason = f"{registry.OUTSIDE} (diretório de {today:%d/%m/%Y})"
    return [
        Change(slug=bank.slug, field="unavailable_reason", old="", new=reason)
        for bank in banks
        if _is_led_to(bank)
        and bank.slug not in listed
        and bank.provider_reference.get("organisation_id") not in directory.unreadable
    ]


def _created(
    wanted: Iterable[_Wanted], banks: Sequence[Bank], rules: Rules
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the fields of the new banks, and which cannot be made."""
    owners = {bank.name: bank.slug for bank in banks}
    slugs = {bank.slug for bank in banks}
    created, problems = [], []
    for one in wanted:
        brand, rule = one.brand, one.rule
        name = (rule and rule.name) or names.shown(brand.name, one.audience)
        slug = rule.slug if rule else _slug(name, brand, slugs)
        if name in owners or slug in slugs:
            owner = owners.get(name, slug)
            problems.append(f"{brand.label}: {owner} is called {name} already; name it in a rule")
            continue
        owners[name] = slug
        slugs.add(slug)
        way = _way(brand, brand.servers[0], None)
        shown = {"slug": slug, "name": name, "audience": one.audience}
        aliases = [brand.brand[:60]] if brand.brand != name else []
        created.append({**shown, "aliases": aliases, **_facts(one, rules), **way})
    return created, problems


def _slug(name: str, brand: Brand, slugs: Collection[str]) -> str:
    slug = slugify(name) or "banco"
    return f"{slug}-{brand.organisation_id[:8]}" if slug in slugs else slug
