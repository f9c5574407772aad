"""What a person may share, in the groups that Open Finance Brasil grants whole.

The groups, and the spelling of every permission, are those of the Consents API 3.3.1.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from django.db import models

# Goes with every group, and is worth nothing alone.
RESOURCES: Final = "RESOURCES_READ"


class Group(models.TextChoices):
    """A set of data that is asked for, and granted, as one."""

    IDENTIFICATION = "identification", "Dados cadastrais"
    DETAILS = "details", "Informações complementares"
    BUSINESS_IDENTIFICATION = "business_identification", "Dados cadastrais da empresa"
    BUSINESS_DETAILS = "business_details", "Informações complementares da empresa"
    BALANCES = "balances", "Saldos da conta"
    OVERDRAFT_LIMITS = "overdraft_limits", "Limites da conta"
    TRANSACTIONS = "transactions", "Extratos da conta"
    CARD_LIMITS = "card_limits", "Limites do cartão de crédito"
    CARD_TRANSACTIONS = "card_transactions", "Transações do cartão de crédito"
    CARD_BILLS = "card_bills", "Faturas do cartão de crédito"
    CREDIT = "credit", "Operações de crédito"
    INVESTMENTS = "investments", "Investimentos"
    EXCHANGE = "exchange", "Câmbio"


# What is contracted later joins these by itself: a page that asks for one has to say so.
GROWING: Final = frozenset({Group.CREDIT, Group.INVESTMENTS, Group.EXCHANGE})
OF_PEOPLE: Final = frozenset({Group.IDENTIFICATION, Group.DETAILS})
OF_BUSINESSES: Final = frozenset({Group.BUSINESS_IDENTIFICATION, Group.BUSINESS_DETAILS})

_CONTRACTS = ("LOANS", "FINANCINGS", "UNARRANGED_ACCOUNTS_OVERDRAFT", "INVOICE_FINANCINGS")
_OF_A_CONTRACT = ("READ", "WARRANTIES_READ", "SCHEDULED_INSTALMENTS_READ", "PAYMENTS_READ")
_ACCOUNTS = "ACCOUNTS_READ"
_CARDS = "CREDIT_CARDS_ACCOUNTS_READ"

PERMISSIONS: Final[Mapping[Group, tuple[str, ...]]] = MappingProxyType(
    {
        group: (*permissions, RESOURCES)
        for group, permissions in {
            Group.IDENTIFICATION: ("CUSTOMERS_PERSONAL_IDENTIFICATIONS_READ",),
            # Twice the wrong letter: the specification spells it so.
            Group.DETAILS: ("CUSTOMERS_PERSONAL_ADITTIONALINFO_READ",),
            Group.BUSINESS_IDENTIFICATION: ("CUSTOMERS_BUSINESS_IDENTIFICATIONS_READ",),
            Group.BUSINESS_DETAILS: ("CUSTOMERS_BUSINESS_ADITTIONALINFO_READ",),
            Group.BALANCES: (_ACCOUNTS, "ACCOUNTS_BALANCES_READ"),
            Group.OVERDRAFT_LIMITS: (_ACCOUNTS, "ACCOUNTS_OVERDRAFT_LIMITS_READ"),
            Group.TRANSACTIONS: (_ACCOUNTS, "ACCOUNTS_TRANSACTIONS_READ"),
            Group.CARD_LIMITS: (_CARDS, "CREDIT_CARDS_ACCOUNTS_LIMITS_READ"),
            Group.CARD_TRANSACTIONS: (_CARDS, "CREDIT_CARDS_ACCOUNTS_TRANSACTIONS_READ"),
            Group.CARD_BILLS: (
                _CARDS,
                "CREDIT_CARDS_ACCOUNTS_BILLS_READ",
                "CREDIT_CARDS_ACCOUNTS_BILLS_TRANSACTIONS_READ",
            ),
            Group.CREDIT: tuple(
                f"{contract}_{part}" for contract in _CONTRACTS for part in _OF_A_CONTRACT
            ),
            Group.INVESTMENTS: (
                "BANK_FIXED_INCOMES_READ",
                "CREDIT_FIXED_INCOMES_READ",
                "FUNDS_READ",
                "VARIABLE_INCOMES_READ",
                "TREASURE_TITLES_READ",
            ),
            Group.EXCHANGE: ("EXCHANGES_READ",),
        }.items()
    }
)
KNOWN: Final = frozenset(name for permissions in PERMISSIONS.values() for name in permissions)

# The OAuth scope is what a permission's name begins with; the longer beginning decides.
_SCOPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CUSTOMERS_": "customers",
        "ACCOUNTS_": "accounts",
        "CREDIT_CARDS_ACCOUNTS_": "credit-cards-accounts",
        "LOANS_": "loans",
        "FINANCINGS_": "financings",
        "UNARRANGED_ACCOUNTS_OVERDRAFT_": "unarranged-accounts-overdraft",
        "INVOICE_FINANCINGS_": "invoice-financings",
        "BANK_FIXED_INCOMES_": "bank-fixed-incomes",
        "CREDIT_FIXED_INCOMES_": "credit-fixed-incomes",
        "VARIABLE_INCOMES_": "variable-incomes",
        "TREASURE_TITLES_": "treasure-titles",
        "FUNDS_": "funds",
        "EXCHANGES_": "exchanges",
        "RESOURCES_": "resources",
    }
)
SCOPES: Final = tuple(_SCOPES.values())


class BadCombination(ValueError):
    """No group, or data of a person and of a business in one consent"""


def expand(groups: Iterable[Group]) -> tuple[str, ...]:
    """Return all the permissions of the groups, each once, in the specification's order.

    Raises BadCombination for no group, and for a person's and a business's data together.
    """
    chosen = set(groups)
    if not chosen or (chosen & OF_PEOPLE and chosen & OF_BUSINESSES):
        raise BadCombination
    names = [name for group in Group if group in chosen for name in PERMISSIONS[group]]
    return (*dict.fromkeys(name for name in names if name != RESOURCES), RESOURCES)


def groups(permissions: Iterable[str]) -> tuple[Group, ...]:
    """Return the groups that are whole in the permissions, such as those that a bank granted."""
    given = set(permissions)
    return tuple(group for group in Group if given.issuperset(PERMISSIONS[group]))


def stray(permissions: Iterable[str]) -> frozenset[str]:
    """Return the permissions that belong to no whole group; a bank refuses a request with one."""
    given = set(permissions)
    return frozenset(given.difference(*(PERMISSIONS[group] for group in groups(given))))


def scopes(permissions: Iterable[str]) -> tuple[str, ...]:
    """Return the OAuth scopes that go with the permissions, each once.

    Raises KeyError for a permission that does not exist.
    """
    found = {_scope(name) for name in permissions}
    return tuple(scope for scope in SCOPES if scope in found)


def _scope(permission: str) -> str:
    if permission not in KNOWN:
        raise KeyError(permission)
    return next(scope for beginning, scope in _SCOPES.items() if permission.startswith(beginning))
