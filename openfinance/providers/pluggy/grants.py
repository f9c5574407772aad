"""Pluggy's names for what a person shares, in those of Open Finance Brasil, and back."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from openfinance import permissions
from openfinance.permissions import Group
from openfinance.providers.pluggy.items import Agreement

# `openFinancePermissionsGranted`, of Pluggy's OpenAPI document.
_WHOLES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "REGISTRATION_ALL": frozenset(
            {
                "REGISTRATION_IDENTIFICATIONS",
                "REGISTRATION_QUALIFICATIONS",
                "REGISTRATION_FINANCIAL_RELATIONS",
            }
        ),
        "ACCOUNTS_ALL": frozenset(
            {"ACCOUNTS_BALANCES", "ACCOUNTS_LIMITS", "ACCOUNTS_TRANSACTIONS"}
        ),
        "CREDIT_CARDS_ALL": frozenset(
            {"CREDIT_CARDS_LIMITS", "CREDIT_CARDS_TRANSACTIONS", "CREDIT_CARDS_BILLS"}
        ),
    }
)
_DETAILS = frozenset({"REGISTRATION_QUALIFICATIONS", "REGISTRATION_FINANCIAL_RELATIONS"})
# What has to be granted for one of our groups to be whole.
_NEEDED: Final[Mapping[Group, frozenset[str]]] = MappingProxyType(
    {
        Group.IDENTIFICATION: frozenset({"REGISTRATION_IDENTIFICATIONS"}),
        Group.DETAILS: _DETAILS,
        Group.BUSINESS_IDENTIFICATION: frozenset({"REGISTRATION_IDENTIFICATIONS"}),
        Group.BUSINESS_DETAILS: _DETAILS,
        Group.BALANCES: frozenset({"ACCOUNTS_BALANCES"}),
        Group.OVERDRAFT_LIMITS: frozenset({"ACCOUNTS_LIMITS"}),
        Group.TRANSACTIONS: frozenset({"ACCOUNTS_TRANSACTIONS"}),
        Group.CARD_LIMITS: frozenset({"CREDIT_CARDS_LIMITS"}),
        Group.CARD_TRANSACTIONS: frozenset({"CREDIT_CARDS_TRANSACTIONS"}),
        Group.CARD_BILLS: frozenset({"CREDIT_CARDS_BILLS"}),
        Group.CREDIT: frozenset({"CREDIT_OPERATIONS_ALL"}),
        Group.INVESTMENTS: frozenset({"INVESTMENTS_ALL"}),
        Group.EXCHANGE: frozenset({"EXCHANGES_ALL"}),
    }
)
# What Pluggy collects for a group; it has no product for exchange operations.
_PRODUCTS: Final[Mapping[Group, tuple[str, ...]]] = MappingProxyType(
    {
        Group.IDENTIFICATION: ("IDENTITY",),
        Group.DETAILS: ("IDENTITY",),
        Group.BUSINESS_IDENTIFICATION: ("IDENTITY",),
        Group.BUSINESS_DETAILS: ("IDENTITY",),
        Group.BALANCES: ("ACCOUNTS",),
        Group.OVERDRAFT_LIMITS: ("ACCOUNTS",),
        Group.TRANSACTIONS: ("ACCOUNTS", "TRANSACTIONS"),
        Group.CARD_LIMITS: ("CREDIT_CARDS",),
        Group.CARD_TRANSACTIONS: ("CREDIT_CARDS", "TRANSACTIONS"),
        Group.CARD_BILLS: ("CREDIT_CARDS", "TRANSACTIONS"),
        Group.CREDIT: ("LOANS",),
        Group.INVESTMENTS: ("INVESTMENTS", "INVESTMENTS_TRANSACTIONS"),
        Group.EXCHANGE: (),
    }
)


def granted(agreement: Agreement, *, is_business: bool) -> tuple[str, ...]:
    """Return the permissions of the groups that are granted whole; none if Pluggy does not say."""
    names: set[str] = set()
    for name in agreement.names or ():
        names |= _WHOLES.get(name, frozenset({name}))
    others = permissions.OF_PEOPLE if is_business else permissions.OF_BUSINESSES
    groups = [group for group in Group if group not in others and names >= _NEEDED[group]]
    return permissions.expand(groups) if groups else ()


def products(names: Iterable[str]) -> list[str]:
    """Return what Pluggy is to collect for these permissions, and nothing beyond it."""
    wanted = (product for group in permissions.groups(names) for product in _PRODUCTS[group])
    return list(dict.fromkeys(wanted))
