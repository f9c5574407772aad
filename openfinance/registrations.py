"""Making this service known to a bank of Open Finance Brasil, and keeping what came of it."""

import hashlib
import json

from django.db import transaction

from accounts import sealed
from openfinance import catalogue, serving
from openfinance.models import Bank, ProviderKey
from openfinance.providers import ProviderError, Reason
from openfinance.providers.brasil import BrasilProvider, Registration
from openfinance.serving_plans import BanksChanged


class AlreadyRegistered(Exception):
    """The bank's reference has a client_id: take it out first to register anew"""

    def __str__(self) -> str:
        return self.__doc__ or ""


def register(*, bank: Bank, software_statement: str, encrypts_requests: bool = False) -> str:
    """Register at the bank's server, write the client_id to the bank's row, and return it.

    The right to change the registration later is kept sealed. Raises AlreadyRegistered,
    serving.NoProvider, ProviderError, InsideTransaction, and BanksChanged when the row leads to
    another server by now: then the registration alone is kept.
    """
    reference = bank.provider_reference
    if reference.get("client_id"):
        raise AlreadyRegistered
    issuer, url = reference.get("issuer"), reference.get("discovery_url")
    if bank.provider != Bank.Provider.BRASIL or not (issuer and url):
        raise ProviderError(
            reason=Reason.MISCONFIGURED, details="the bank's row leads to no server of brasil"
        )
    with serving.calling(bank.provider) as provider:
        if not isinstance(provider, BrasilProvider):
            raise serving.NoProvider
        made = provider.register(
            issuer=issuer,
            discovery_url=url,
            software_statement=software_statement,
            encrypts_requests=encrypts_requests,
        )
    _keep(bank, made)
    _use(bank, made, encrypts_requests=encrypts_requests)
    return made.client_id


def _keep(bank: Bank, made: Registration) -> None:
    # Never overwritten: another registration of the same bank has another address.
    digest = hashlib.sha256(made.management_url.encode()).hexdigest()
    row = ProviderKey(name=f"brasil:{bank.slug}:{digest[:16]}")
    kept = {"management_url": made.management_url, "access_token": made.access_token}
    sealed.seal(row, "key", json.dumps(kept))
    row.save()


@transaction.atomic
def _use(bank: Bank, made: Registration, *, encrypts_requests: bool) -> None:
    catalogue.hold_writers()
    held = Bank.objects.get(pk=bank.pk)
    if held.provider_reference != bank.provider_reference:
        raise BanksChanged
    held.provider_reference |= {
        "client_id": made.client_id,
        "encrypts_requests": encrypts_requests,
    }
    held.save(update_fields=["provider_reference"])
