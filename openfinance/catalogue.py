"""The banks a person can choose: the favourites, the search, and where the rows come from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from openfinance import matching, registry
from openfinance.models import Bank

# A list in WhatsApp holds ten rows, and the last one leads to every other bank.
LISTED = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A registry fact that became another one."""

    slug: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a sync did or, in a dry run, would do; banks by their slugs."""

    created: tuple[str, ...]
    changes: tuple[Change, ...]
    unchanged: tuple[str, ...]
    # In the database and not in the file: left as they are.
    absent: tuple[str, ...]

    @property
    def updated(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(change.slug for change in self.changes))


def favourites(*, limit: int = LISTED) -> list[Bank]:
    """Return the active banks of the WhatsApp list, in the order that staff gave them."""
    return list(Bank.objects.favourites()[:limit])


def search(query: str, *, limit: int = LISTED) -> list[Bank]:
    """Find active banks by name, alias or code, best first; nothing similar gives an empty list.

    Reads the banks anew each time, so that what staff change in another process counts at once.
    """
    return rank(query, Bank.objects.active())[:limit]


def rank(query: str, banks: Iterable[Bank]) -> list[Bank]:
    """Keep the banks that the query may mean: by how well it matches, then in the staff's order."""
    asked = matching.phrase(query)
    scored = ((_score(asked, bank), bank) for bank in banks)
    hits = [(score, bank) for score, bank in scored if score]
    hits.sort(key=lambda hit: (-hit[0], hit[1].position, hit[1].name))
    return [bank for _, bank in hits]


def is_named(bank: Bank, query: str) -> bool:
    """Tell whether the query is the bank's very name, one of its aliases or one of its codes."""
    return _score(matching.phrase(query), bank) >= matching.EXACT


def _score(asked: matching.Phrase, bank: Bank) -> float:
    codes = (bank.compe, bank.ispb, bank.cnpj)
    return matching.score(asked, name=bank.name, aliases=bank.aliases, codes=codes)


def move(banks: Iterable[Bank], *, down: bool) -> None:
    """Move each bank one place up or down the list; those at its end stay there."""
    moving = {bank.pk for bank in banks}
    with transaction.atomic():
        hold_writers()
        order = list(Bank.objects.all())
        if down:
            order.reverse()
        for place in range(1, len(order)):
            if order[place].pk in moving and order[place - 1].pk not in moving:
                order[place - 1], order[place] = order[place], order[place - 1]
        if down:
            order.reverse()
        for place, bank in enumerate(order, 1):
            bank.position = place * 10
        Bank.objects.bulk_update(order, ["position"])


def sync(*, path: Path = registry.SHIPPED, dry_run: bool = False) -> Report:
    """Create the file's banks and bring the registry's facts of the existing ones up to date.

    What staff own is never changed, and a dry run changes nothing. Raises
    `registry.InvalidRegistry`, with nothing written, when the file cannot be used.
    """
    listed = registry.read(path)
    with transaction.atomic():
        hold_writers()
        existing = {bank.slug: bank for bank in Bank.objects.all()}
        new = [bank for bank in listed if bank.slug not in existing]
        _refuse_taken_names(new, existing)
        report = _compare(listed, existing)
        if not dry_run:
            Bank.objects.bulk_create(new)
            _apply(report.changes, existing)
    return report


def hold_writers() -> None:
    """Let two syncs, or a sync and the admin, follow each other; readers do not wait."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE openfinance_bank IN SHARE ROW EXCLUSIVE MODE")


def _refuse_taken_names(new: list[Bank], existing: Mapping[str, Bank]) -> None:
    owners = {bank.name: bank.slug for bank in existing.values()}
    for bank in new:
        if bank.name in owners:
            raise registry.InvalidRegistry(
                f"{bank.slug}: staff gave the name {bank.name} to {owners[bank.name]}"
            )


def _compare(listed: list[Bank], existing: Mapping[str, Bank]) -> Report:
    known = [bank for bank in listed if bank.slug in existing]
    changes = tuple(
        Change(slug=bank.slug, field=field, old=old, new=new)
        for bank in known
        for field in registry.FACTS
        if (old := getattr(existing[bank.slug], field)) != (new := getattr(bank, field))
        and not _is_the_providers(existing[bank.slug], old, new)
    )
    changed = {change.slug for change in changes}
    return Report(
        created=tuple(bank.slug for bank in listed if bank.slug not in existing),
        changes=changes,
        unchanged=tuple(bank.slug for bank in known if bank.slug not in changed),
        absent=tuple(sorted(existing.keys() - {bank.slug for bank in listed})),
    )


def _is_the_providers(bank: Bank, *values: str) -> bool:
    """Tell whether who lists the bank knows better than the file whether it is in Open Finance."""
    is_listed = bank.provider in {Bank.Provider.BRASIL, Bank.Provider.PLUGGY}
    return is_listed and any(value.startswith(registry.OUTSIDE) for value in values)


def _apply(changes: tuple[Change, ...], existing: Mapping[str, Bank]) -> None:
    for change in changes:
        setattr(existing[change.slug], change.field, change.new)
    changed = {change.slug for change in changes}
    Bank.objects.bulk_update([existing[slug] for slug in changed], registry.FACTS)
