"""What a departure keeps until its return, as the text that the caller stores sealed."""

import json
from dataclasses import asdict, dataclass
from typing import Self

from openfinance.providers.errors import ProviderError, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Written and read as JSON; all that a provider keeps is text, but for the permissions."""

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
