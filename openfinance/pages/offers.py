"""What the consent page offers of a bank, and what the person chose before."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from openfinance import consents, serving
from openfinance.models import Bank, Connection, ConnectionLink, Consent
from openfinance.permissions import GROWING, OF_BUSINESSES, Group

# Without these there is nothing to show: the page says so beside them.
MANDATORY: Final = (Group.BALANCES, Group.TRANSACTIONS)
OPTIONAL: Final = tuple(
    group for group in Group if group not in MANDATORY and group not in OF_BUSINESSES
)
TERMS: Final[dict[str, int | None]] = {"3": 3, "6": 6, "12": 12, "indefinite": None}
DEFAULT_TERM: Final = "12"


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """A group of data as the page shows it; one that `grows` takes in what is contracted later."""

    group: Group
    grows: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A term as the page shows it; `months` and `ends_at` are None for one without an end."""

    name: str
    months: int | None
    ends_at: datetime | None
    is_chosen: bool


def can_connect(bank: Bank) -> bool:
    """Tell whether a person can be led to the bank; a business's CNPJ is not asked for yet."""
    return serving.serves(bank) and bank.audience == Bank.Audience.PEOPLE


def data(groups: Collection[Group], *, chosen: Collection[str]) -> list[Data]:
    """Return groups in the page's order, with which of them are chosen."""
    return [
        Data(group=group, grows=group in GROWING, is_chosen=group in chosen) for group in groups
    ]


def terms(*, chosen: str) -> list[Term]:
    """Return the terms that begin now."""
    now = timezone.now()
    return [
        Term(
            name=name,
            months=months,
            ends_at=consents.ends_at(months=months, now=now),
            is_chosen=name == chosen,
        )
        for name, months in TERMS.items()
    ]


def longer(consent: Consent, *, chosen: str) -> list[Term]:
    """Return the terms that begin now and end at least a day after the consent's own.

    Where the chosen one is not among them, the first is chosen.
    """
    a_day_later = consent.expires_at + timedelta(days=1) if consent.expires_at else None
    kept = [
        term
        for term in terms(chosen=chosen)
        if a_day_later and (term.ends_at is None or term.ends_at >= a_day_later)
    ]
    if kept and not any(term.is_chosen for term in kept):
        kept[0] = replace(kept[0], is_chosen=True)
    return kept


def active(connection: Connection | None) -> Consent | None:
    """Return the consent that gives access now, which a new one would replace."""
    authorised = Consent.objects.authorised().filter(revocation_requested_at=None)
    return authorised.filter(connection=connection).first() if connection else None


def last(link: ConnectionLink, connection: Connection | None) -> Consent | None:
    """Return what the person chose on this link, or else the last that the bank authorised."""
    if connection is None:
        return None
    chosen = Consent.objects.filter(connection=connection)
    return chosen.filter(link=link).first() or chosen.exclude(authorised_at=None).first()


def initial(consent: Consent | None) -> dict[str, object]:
    """Return what the form is filled in with: nothing optional, unless it was chosen before."""
    if consent is None:
        return {"term": DEFAULT_TERM, "groups": []}
    names = {months: name for name, months in TERMS.items()}
    return {
        "term": names.get(consent.term_months, DEFAULT_TERM),
        "groups": [group for group in consent.groups if group in OPTIONAL],
    }
