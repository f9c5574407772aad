"""A bank at the HTTP edge, whose every answer a test can spoil."""

import json
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import responses
from joserfc import jwe, jws
from joserfc.jwk import RSAKey

from openfinance.providers.brasil import jose
from openfinance.providers.brasil.returns import Memory
from tests.openfinance.brasil import pki, receiver

ISSUER = "https://bank.example"
MTLS = "https://mtls.bank.example"
CONSENTS = f"{MTLS}/open-banking/consents/v3/consents"
CONSENT_ID = "urn:bank:C1/DD?33#123%20"
CONSENT_URL = f"{CONSENTS}/urn%3Abank%3AC1%2FDD%3F33%23123%2520"
REFERENCE = {"issuer": ISSUER, "consents_url": CONSENTS, "client_id": receiver.CLIENT_ID}
ACCESS_TOKEN = "an-access-token"
CODE = "a-code"

Json = dict[str, Any]

_JWE = jwe.JWERegistry(
    algorithms=["RSA-OAEP", "RSA-OAEP-256", "A256GCM", "A128GCM", "DEF"],
    strict_check_header=False,
)


def document(**changes: Any) -> Json:
    """Return the discovery document, with endpoints for mutual TLS apart."""
    endpoints = {
        "token_endpoint": f"{MTLS}/token",
        "pushed_authorization_request_endpoint": f"{MTLS}/par",
        "registration_endpoint": f"{MTLS}/register",
    }
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/authorize?brand=a",
        "token_endpoint": f"{ISSUER}/token",
        "pushed_authorization_request_endpoint": f"{ISSUER}/par",
        "jwks_uri": f"{ISSUER}/jwks",
        "mtls_endpoint_aliases": endpoints,
        **changes,
    }


def consent(**changes: Any) -> Json:
    """Return the answer of the Consents API about the one consent of this bank."""
    data = {
        "consentId": CONSENT_ID,
        "creationDateTime": "2026-11-24T03:00:00Z",
        "status": "AWAITING_AUTHORISATION",
        "statusUpdateDateTime": "2026-11-24T03:00:00Z",
        "permissions": list(receiver.ASKED),
        "expirationDateTime": "2027-11-24T00:00:00Z",
    }
    data = {name: value for name, value in {**data, **changes}.items() if value is not None}
    return {"data": data, "meta": {"requestDateTime": "2026-11-24T03:00:00Z"}}


def error(code: str) -> Json:
    return {"errors": [{"code": code, "title": "Alice's title", "detail": "Alice's detail"}]}


@dataclass
class Bank:
    """What the bank answers, in `mock`; its keys; and how it makes tokens."""

    mock: responses.RequestsMock
    key: RSAKey = field(default_factory=lambda: pki.jwk("bank-signature", use="sig"))

    def __post_init__(self) -> None:
        self.answers("GET", f"{ISSUER}/.well-known/openid-configuration", document())
        self.answers("GET", f"{ISSUER}/jwks", self.jwks())
        self.answers("POST", f"{MTLS}/token", self.tokens())
        self.answers("POST", f"{MTLS}/par", {"request_uri": "urn:par:1", "expires_in": 60}, 201)
        self.answers("POST", CONSENTS, consent(), 201)
        self.answers("GET", CONSENT_URL, consent(status="AUTHORISED"))

    def answers(self, method: str, url: str, content: Any, status: int = 200, **more: Any) -> None:
        """Answer this from now on."""
        self.mock.upsert(method, url, json=content, status=status, **more)

    def jwks(self) -> Json:
        encryption = pki.jwk("bank-encryption", use="enc")
        return {"keys": [key.as_dict(private=False) for key in (self.key, encryption)]}

    def tokens(self, **changes: Any) -> Json:
        answer = {
            "access_token": ACCESS_TOKEN,
            "token_type": "Bearer",
            "expires_in": 900,
            "refresh_token": "a-refresh-token",
        }
        return {**answer, **changes}

    def claims(self, memory: Memory, **changes: Any) -> Json:
        """Return what a right id_token says; None leaves a claim out, a timedelta is from now."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": "customer",
            "aud": receiver.CLIENT_ID,
            "iat": now,
            "exp": timedelta(minutes=5),
            "nonce": memory.nonce,
            "c_hash": jose.half_hash(CODE),
            "s_hash": jose.half_hash(memory.state),
            "acr": "urn:brasil:openbanking:loa3",
        }
        return {
            name: now + int(value.total_seconds()) if isinstance(value, timedelta) else value
            for name, value in {**claims, **changes}.items()
            if value is not None
        }

    def signed(self, claims: Any, *, key: RSAKey | None = None, **header: Any) -> str:
        key = key or self.key
        protected = {"alg": "PS256", "kid": key.kid, **header}
        protected = {name: value for name, value in protected.items() if value is not None}
        registry = jws.JWSRegistry(algorithms=["PS256", "RS256", "none"], strict_check_header=False)
        return jws.serialize_compact(protected, json.dumps(claims), key, registry=registry)

    def sealed(self, token: str, *, to: str = receiver.ENCRYPTION, **header: Any) -> str:
        # A bank repeats claims here.
        protected = {"alg": "RSA-OAEP", "enc": "A256GCM", "iss": ISSUER, "kid": to, **header}
        return jwe.encrypt_compact(protected, token, pki.jwk(to, use="enc"), registry=_JWE)

    def id_token(self, memory: Memory, **changes: Any) -> str:
        return self.sealed(self.signed(self.claims(memory, **changes)))

    def returns(self, memory: Memory, **changes: str) -> dict[str, str]:
        """Return the parameters of a good way back."""
        right = {"code": CODE, "state": memory.state, "id_token": self.id_token(memory)}
        return {**right, **changes}

    def calls(self, url: str) -> list[Any]:
        """Return the requests that reached this URL, oldest first."""
        return [call.request for call in self.mock.calls if call.request.url == url]

    def form(self, url: str) -> dict[str, str]:
        """Return the last form that reached this URL."""
        return dict(parse_qsl(self.calls(url)[-1].body.decode()))
