"""What has to be known of a bank before it can be called: its row's reference, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from openfinance.providers.errors import ProviderError, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An authorisation server of the directory, and what we are to it.

    `issuer` and `discovery_url` are the directory's Issuer and OpenIDDiscoveryDocument,
    `consents_url` its ApiEndpoint of the family `consents`, version 3: it ends in `/consents`.
    `client_id` came of our registration there. With `encrypts_requests`, the registration says
    that request objects are encrypted.
    """

    issuer: str
    discovery_url: str
    consents_url: str
    client_id: str
    encrypts_requests: bool = False

    @classmethod
    def read(cls, bank: Mapping[str, Any]) -> Self:
        """Return the reference of a bank's row; `discovery_url` may be left out, as OpenID has one.

        Raises ProviderError with MISCONFIGURED.
        """
        issuer = _text(bank, "issuer")
        standard = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        return cls(
            issuer=issuer,
            discovery_url=_text(bank, "discovery_url", default=standard),
            consents_url=_text(bank, "consents_url").rstrip("/"),
            client_id=_text(bank, "client_id"),
            encrypts_requests=bank.get("encrypts_requests") is True,
        )


def _text(bank: Mapping[str, Any], key: str, *, default: str = "") -> str:
    value = bank.get(key) or default
    if not isinstance(value, str) or not value:
        raise ProviderError(reason=Reason.MISCONFIGURED, details=f"the bank has no {key}")
    return value
