"""What a sync with a provider would change in the banks: made, shown, then carried out or not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from openfinance import catalogue
from openfinance.models import Bank

# A listing that lacks more than one in five of the banks it led to before is taken for cut short.
_MOST_GONE: Final = 5


class BanksChanged(Exception):
    """The banks changed since the plan was made, so it was not carried out: make another one."""

    def __str__(self) -> str:
        return self.__doc__ or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A field of a bank that gets another value."""

    slug: str
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done; banks by their slugs.

    `created` are the fields of new banks. `gone` are served so far and listed no more: they become
    unavailable. `moved` get another way to the bank, where we are not registered yet. `left` are
    listed, and stay as staff have them. `problems` are what could not be matched or read.
    """

    created: tuple[dict[str, Any], ...] = ()
    changes: tuple[Change, ...] = ()
    gone: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    served_before: int = 0

    @property
    def changed(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(change.slug for change in self.changes))

    @property
    def is_empty(self) -> bool:
        return not self.created and not self.changes

    @property
    def takes_away(self) -> bool:
        """Tell whether it is to be asked about before it is carried out."""
        return bool(self.gone or self.moved)

    @property
    def is_shrunken(self) -> bool:
        return len(self.gone) * _MOST_GONE > self.served_before


Make = Callable[[Sequence[Bank]], Plan]


def make(maker: Make) -> Plan:
    """Return what the maker would change in the banks as they are now."""
    return maker(_banks())


def carry_out(maker: Make, *, shown: Plan) -> None:
    """Do all that was shown, or nothing.

    Raises BanksChanged, with nothing done, when the same maker would now do something else.
    """
    with transaction.atomic():
        catalogue.hold_writers()
        banks = _banks()
        if maker(banks) != shown:
            raise BanksChanged
        Bank.objects.bulk_create(Bank(**fields) for fields in shown.created)
        by_slug = {bank.slug: bank for bank in banks}
        for change in shown.changes:
            setattr(by_slug[change.slug], change.field, change.new)
        for slug in shown.changed:
            fields = [change.field for change in shown.changes if change.slug == slug]
            by_slug[slug].save(update_fields=fields)


def differences(bank: Bank, wanted: dict[str, Any]) -> tuple[Change, ...]:
    """Return what the bank's fields must become to be as wanted."""
    return tuple(
        Change(slug=bank.slug, field=field, old=old, new=new)
        for field, new in wanted.items()
        if (old := getattr(bank, field)) != new
    )


def _banks() -> list[Bank]:
    # The pictures are not needed, and are most of the table.
    return list(Bank.objects.defer("logo_png").order_by("pk"))
