"""The way back from the bank of tests: what was kept for it, and what the person brings."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from openfinance.providers.errors import ProviderError, Reason
from openfinance.providers.memories import Kept

# The `error` of an authorisation response (RFC 6749 §4.1.2.1).
_ERRORS: Final[Mapping[str, Reason]] = {
    "access_denied": Reason.REFUSED,
    "server_error": Reason.BANK_DOWN,
    "temporarily_unavailable": Reason.BANK_DOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory(Kept):
    """What a departure keeps until its return."""

    issuer: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    consent_id: str


def code(returned: Mapping[str, str], memory: Memory) -> str:
    """Return the code that came back.

    Raises ProviderError: WRONG_STATE first, for then it is nobody's answer; then WRONG_ISSUER
    (RFC 9207); then what the bank's own `error` stands for.
    """
    if not hmac.compare_digest(returned.get("state", "").encode(), memory.state.encode()):
        raise ProviderError(reason=Reason.WRONG_STATE)
    if returned.get("iss") != memory.issuer:
        raise ProviderError(reason=Reason.WRONG_ISSUER, details="the return's iss")
    error = returned.get("error")
    if error:
        reason = _ERRORS.get(error, Reason.BANK_ERROR)
        raise ProviderError(reason=reason, details=error if error in _ERRORS else "")
    if not returned.get("code"):
        raise ProviderError(reason=Reason.MALFORMED, details="no code came back")
    return returned["code"]
