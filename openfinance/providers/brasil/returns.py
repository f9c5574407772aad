"""The way back from a bank: what was kept for it, and what the person brings."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

from openfinance.providers.brasil import times
from openfinance.providers.brasil.oauth import Trip
from openfinance.providers.errors import ProviderError, Reason
from openfinance.providers.memories import Kept
from openfinance.providers.values import BankConsent, ConsentStatus

# The `error` of an authorisation response (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
_ERRORS: Final[Mapping[str, Reason]] = MappingProxyType(
    {
        "access_denied": Reason.REFUSED,
        "server_error": Reason.BANK_DOWN,
        "temporarily_unavailable": Reason.BANK_DOWN,
        "invalid_request_uri": Reason.REQUEST_EXPIRED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory(Kept):
    """What a departure keeps until its return, all of it text."""

    issuer: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    consent_id: str
    created_at: str
    expires_at: str | None

    @classmethod
    def of(cls, *, issuer: str, trip: Trip, consent: BankConsent) -> Self:
        """Return what to remember of a trip for a consent."""
        return cls(
            issuer=issuer,
            state=trip.state,
            nonce=trip.nonce,
            verifier=trip.verifier,
            consent_id=consent.id,
            permissions=consent.permissions,
            created_at=times.write(consent.created_at),
            expires_at=times.write(consent.expires_at) if consent.expires_at else None,
        )

    def authorised(self) -> BankConsent:
        """Return the consent as it must be now, when its bank does not answer about it."""
        created_at = times.read(self.created_at)
        return BankConsent(
            id=self.consent_id,
            status=ConsentStatus.AUTHORISED,
            permissions=self.permissions,
            created_at=created_at,
            changed_at=created_at,
            expires_at=times.read_end(self.expires_at),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What a good return brings, not checked yet."""

    code: str = field(repr=False)
    id_token: str = field(repr=False)


def read(returned: Mapping[str, str], memory: Memory) -> Arrival:
    """Return what came back, of the query or the fragment.

    Raises ProviderError: WRONG_STATE first, for then it is nobody's answer; then WRONG_ISSUER, when
    the answer names one (RFC 9207); then what the bank's own `error` stands for.
    """
    if not hmac.compare_digest(returned.get("state", "").encode(), memory.state.encode()):
        raise ProviderError(reason=Reason.WRONG_STATE)
    if returned.get("iss", memory.issuer) != memory.issuer:
        raise ProviderError(reason=Reason.WRONG_ISSUER, details="the return's iss")
    error = returned.get("error")
    if error:
        reason = _ERRORS.get(error, Reason.BANK_ERROR)
        raise ProviderError(reason=reason, details=error if error in _ERRORS else "")
    if not returned.get("code"):
        raise ProviderError(reason=Reason.BANK_ERROR, details="no code came back")
    if not returned.get("id_token"):
        raise ProviderError(reason=Reason.MALFORMED, details="no id_token came back")
    return Arrival(code=returned["code"], id_token=returned["id_token"])
