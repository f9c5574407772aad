"""The way back from the bank of tests: what was kept for it, and what the person brings."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, Self

from openfinance.providers.errors import ProviderError, Reason

# The `error` of an authorisation response (RFC 6749 §4.1.2.1).
_ERRORS: Final[Mapping[str, Reason]] = {
    "access_denied": Reason.REFUSED,
    "server_error": Reason.BANK_DOWN,
    "temporarily_unavailable": Reason.BANK_DOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a departure keeps until its return."""

    issuer: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    consent_id: str
    permissions: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what `write` wrote; raise ProviderError with WRONG_ISSUER for anything else."""
        try:
            stored = json.loads(text)
            return cls(**{**stored, "permissions": tuple(stored["permissions"])})
        except (ValueError, TypeError, KeyError):
            # The bank's row was given to this provider while the person was away.
            raise ProviderError(reason=Reason.WRONG_ISSUER, details="another provider's") from None

    def write(self) -> str:
        """Return it as text that holds secrets."""
        return json.dumps(asdict(self))


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
