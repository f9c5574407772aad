"""What a consent at a bank is worth beside what its person agreed to."""

from dataclasses import replace
from typing import assert_never

from openfinance.providers.errors import ProviderError, Reason
from openfinance.providers.values import BankConsent, ConsentStatus


def require_awaiting(consent: BankConsent, names: tuple[str, ...]) -> BankConsent:
    """Return the consent of an earlier try, to go on with for these permissions.

    Raises ProviderError when it no longer awaits: CONSENT_TAKEN or CONSENT_ENDED.
    """
    match consent.status:
        case ConsentStatus.AWAITING_AUTHORISATION:
            return no_more_than(consent, names)
        case ConsentStatus.AUTHORISED:
            raise ProviderError(reason=Reason.CONSENT_TAKEN, consent=consent)
        case ConsentStatus.REJECTED:
            raise ProviderError(reason=Reason.CONSENT_ENDED, consent=consent)
        case _:
            assert_never(consent.status)


def no_more_than(consent: BankConsent, names: tuple[str, ...]) -> BankConsent:
    """Return the consent without permissions that nobody agreed to, whatever the bank says."""
    return replace(consent, permissions=tuple(n for n in consent.permissions if n in names))
