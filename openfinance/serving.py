"""The way to a bank: the provider that its row names, as settings configure it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.utils.module_loading import import_string

from openfinance import bank_references
from openfinance.models import Bank, Consent
from openfinance.providers import Provider
from whatsapp.exceptions import InsideTransaction


class NoProvider(Exception):
    """Nobody serves this bank: staff name its provider in the admin, an operator its settings"""

    code = "no_provider"

    def __str__(self) -> str:
        return self.__doc__ or self.code


def named(name: str) -> Provider:
    """Return this process's adapter of that name. Raises NoProvider when it is not configured."""
    if name not in settings.OPEN_FINANCE_PROVIDERS:
        raise NoProvider
    return _made(name)


def serves(bank: Bank) -> bool:
    """Tell whether a person can be led to the bank: its provider is configured, and can find it."""
    is_configured = bank.provider in settings.OPEN_FINANCE_PROVIDERS
    return is_configured and not bank_references.problems(bank.provider, bank.provider_reference)


def needs_cpf(bank: Bank) -> bool:
    """Tell whether a person's CPF is asked for on our page, and not by the provider."""
    return named(bank.provider).needs_cpf


def reference(consent: Consent) -> Mapping[str, Any]:
    """Return what the consent's provider needs to find the bank.

    That is what the bank's row says now, unless another provider serves it by now.
    """
    bank = consent.connection.bank
    is_served_so = bank.provider == consent.provider
    known: Mapping[str, Any] = (
        bank.provider_reference if is_served_so else consent.provider_reference
    )
    return known


def require_no_transaction() -> None:
    """Raise InsideTransaction when one is open: a bank's slowness would hold its locks."""
    if database.in_atomic_block:
        raise InsideTransaction


@contextmanager
def calling(name: str) -> Iterator[Provider]:
    """Give the provider for a call, with no database connection held while it lasts.

    Raises NoProvider, and InsideTransaction when a transaction is open.
    """
    require_no_transaction()
    provider = named(name)
    database.close()
    yield provider


@cache
def _made(name: str) -> Provider:
    adapter = settings.OPEN_FINANCE_PROVIDERS[name]
    provider: Provider = import_string(adapter["BACKEND"])(**adapter["OPTIONS"])
    return provider
