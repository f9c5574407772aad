"""Signing, encrypting and opening, with the only algorithms of the profile (FAPI-BR 2.1)."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import RSAKey

from openfinance.providers.brasil import pem
from openfinance.providers.errors import ProviderError, Reason

SIGNATURE: Final = "PS256"
KEY_ENCRYPTION: Final = "RSA-OAEP"
CONTENT_ENCRYPTION: Final = "A256GCM"

_JWE_PARTS = 5
_JWS_PARTS = 3
# A key in the message itself proves nothing; and what unpacks may unpack to anything.
_FORBIDDEN = {"x5u", "x5c", "jku", "jwk", "zip"}
# Banks repeat `iss` and `aud` in the JWE's header (RFC 7519 §5.3), so it is not held to its own.
_REGISTRY = JWERegistry(algorithms=[KEY_ENCRYPTION, CONTENT_ENCRYPTION], strict_check_header=False)

Find = Callable[[str | None], RSAKey | None]
Claims = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Our private keys: one to sign with, and those that tokens to us may be encrypted to.

    The id of each is that of our published JWKS.
    """

    signing: RSAKey = field(repr=False)
    decrypting: Sequence[RSAKey] = field(repr=False)


def private_key(name: str, value: str, *, kid: str) -> RSAKey:
    """Return a key of PEM, or of a file of it; raise ValueError that names the setting."""
    text = pem.read(name, value)
    try:
        key = RSAKey.import_key(text, {"kid": kid})
    except (JoseError, ValueError, TypeError):
        raise ValueError(f"{name}: not a private RSA key") from None
    if not key.is_private:
        raise ValueError(f"{name}: not a private RSA key")
    return key


def sign(claims: Claims, keys: Keys) -> str:
    """Return the claims as a JWS of ours."""
    header = {"alg": SIGNATURE, "typ": "JWT", "kid": keys.signing.kid}
    payload = json.dumps(claims, separators=(",", ":"))
    return jws.serialize_compact(header, payload, keys.signing, algorithms=[SIGNATURE])


def encrypt(token: str, key: RSAKey) -> str:
    """Return a JWS inside of a JWE that only the holder of the key can open."""
    header = {"alg": KEY_ENCRYPTION, "enc": CONTENT_ENCRYPTION, "cty": "JWT"}
    if key.kid:
        header["kid"] = key.kid
    return jwe.encrypt_compact(header, token, key, registry=_REGISTRY)


def open_token(token: str, *, keys: Keys, find: Find) -> Claims:
    """Decrypt a token to us, verify its signature, and return its claims, none of them checked.

    `find` returns the sender's key with an id, None for an id that it does not have. Raises
    ProviderError, with a reason for each thing that may be wrong.
    """
    if token.count(".") == _JWS_PARTS - 1:
        raise ProviderError(reason=Reason.NOT_ENCRYPTED)
    header = _header(token, parts=_JWE_PARTS)
    _require_algorithm(header, "alg", KEY_ENCRYPTION)
    _require_algorithm(header, "enc", CONTENT_ENCRYPTION)
    signed = _decrypt(token, kid=header.get("kid"), keys=keys)
    header = _header(signed, parts=_JWS_PARTS)
    _require_algorithm(header, "alg", SIGNATURE)
    kid = header.get("kid")
    key = find(kid if isinstance(kid, str) else None)
    if key is None:
        raise ProviderError(reason=Reason.WRONG_SIGNATURE, details="no such key")
    return _verified(signed, key)


def half_hash(text: str) -> str:
    """Return what `c_hash`, `s_hash` and `at_hash` hold of a text (OpenID Connect Core §3.3.2.11).

    It is half of the SHA-256 that goes with PS256, in base64url.
    """
    return _base64url(hashlib.sha256(text.encode()).digest()[:16])


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier (RFC 7636 §4.2)."""
    return _base64url(hashlib.sha256(verifier.encode()).digest())


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _header(token: str, *, parts: int) -> Claims:
    pieces = token.split(".")
    try:
        header = json.loads(base64.urlsafe_b64decode(pieces[0] + "=="))
    except (ValueError, RecursionError):
        header = None
    if len(pieces) != parts or not isinstance(header, dict) or _FORBIDDEN & header.keys():
        raise ProviderError(reason=Reason.MALFORMED, details="the header")
    return header


def _require_algorithm(header: Claims, name: str, expected: str) -> None:
    if header.get(name) != expected:
        raise ProviderError(reason=Reason.WRONG_ALGORITHM, details=f"{name} is not {expected}")


def _decrypt(token: str, *, kid: object, keys: Keys) -> str:
    named = [key for key in keys.decrypting if key.kid == kid]
    for key in named or keys.decrypting:
        try:
            plaintext = jwe.decrypt_compact(token, key, registry=_REGISTRY).plaintext or b""
            return plaintext.decode("ascii")
        except (JoseError, ValueError):
            continue
    raise ProviderError(reason=Reason.NOT_OURS)


def _verified(token: str, key: RSAKey) -> Claims:
    try:
        payload = jws.deserialize_compact(token, key, algorithms=[SIGNATURE]).payload
    except (JoseError, ValueError):
        raise ProviderError(reason=Reason.WRONG_SIGNATURE) from None
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        raise ProviderError(reason=Reason.MALFORMED, details="no claims")
    return claims
