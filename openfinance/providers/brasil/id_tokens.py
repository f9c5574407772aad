"""What an id_token must say: OpenID Connect Core §3.3.2.11 and §3.3.3.6, FAPI 1.0 §5.2.3."""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openfinance.providers.brasil import jose
from openfinance.providers.errors import ProviderError, Reason

# The clocks of banks differ by seconds, not by minutes.
_LEEWAY_SECONDS = 30
_FARTHEST = 1 << 40
_AUTHENTICATIONS = ("urn:brasil:openbanking:loa2", "urn:brasil:openbanking:loa3")

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What was asked for; and what came back beside the token."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    state: str = field(repr=False)
    code: str = field(repr=False)


def check_first(claims: Claims, expected: Expected) -> None:
    """Check the token that came with the code; raise ProviderError with the reason of its own."""
    _check_any(claims, expected)
    _require(_same(claims.get("nonce"), expected.nonce), Reason.WRONG_NONCE)
    code_hash = jose.half_hash(expected.code)
    _require(_same(claims.get("c_hash"), code_hash), Reason.WRONG_CODE_HASH)
    state_hash = jose.half_hash(expected.state)
    _require(_same(claims.get("s_hash"), state_hash), Reason.WRONG_STATE_HASH)
    _require(claims.get("acr") in _AUTHENTICATIONS, Reason.WRONG_AUTHENTICATION)


def check_second(claims: Claims, expected: Expected, *, first: Claims, access_token: str) -> None:
    """Check the token that came with the access token: it is about the same person.

    What it may leave out must be right if it is there.
    """
    _check_any(claims, expected)
    _require(_same(claims["sub"], first["sub"]), Reason.WRONG_SUBJECT)
    for name, value, reason in (
        ("nonce", expected.nonce, Reason.WRONG_NONCE),
        ("c_hash", jose.half_hash(expected.code), Reason.WRONG_CODE_HASH),
        ("s_hash", jose.half_hash(expected.state), Reason.WRONG_STATE_HASH),
        ("at_hash", jose.half_hash(access_token), Reason.WRONG_ACCESS_HASH),
    ):
        _require(name not in claims or _same(claims[name], value), reason)


def _check_any(claims: Claims, expected: Expected) -> None:
    _require(claims.get("iss") == expected.issuer, Reason.WRONG_ISSUER)
    _check_audience(claims, expected.client_id)
    _check_times(claims)
    subject = claims.get("sub")
    _require(isinstance(subject, str) and subject != "", Reason.MALFORMED)


def _check_audience(claims: Claims, client_id: str) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    _require(client_id in audiences, Reason.WRONG_AUDIENCE)
    # For several, the token has to say which of them asked for it.
    party = claims.get("azp", client_id if len(audiences) == 1 else None)
    _require(party == client_id, Reason.WRONG_AUDIENCE)


def _check_times(claims: Claims) -> None:
    now = time.time()
    expires, issued = _number(claims.get("exp")), _number(claims.get("iat"))
    if expires is None or issued is None:
        raise ProviderError(reason=Reason.MALFORMED, details="exp or iat is missing")
    _require(now < expires + _LEEWAY_SECONDS, Reason.EXPIRED)
    begins = max(issued, _number(claims.get("nbf")) or issued)
    _require(begins <= now + _LEEWAY_SECONDS, Reason.FROM_FUTURE)


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _FARTHEST:
        return float(value)
    return None


def _same(told: object, expected: str) -> bool:
    return isinstance(told, str) and hmac.compare_digest(told.encode(), expected.encode())


def _require(condition: bool, reason: Reason) -> None:  # noqa: FBT001 - read as an assertion
    if not condition:
        raise ProviderError(reason=reason)
