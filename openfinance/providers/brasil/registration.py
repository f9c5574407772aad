"""Making this receiver known to a bank, with what the directory certifies (DCR-BR 2.1)."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from openfinance import permissions
from openfinance.providers.brasil import answers, jose
from openfinance.providers.brasil.discovery import Server
from openfinance.providers.brasil.transport import Conversation
from openfinance.providers.errors import ProviderError, Reason

# Banks take none older than five minutes; the call itself takes some seconds.
_STATEMENT_SECONDS = 270
_SCOPES: Final = " ".join(("openid", "consents", *permissions.SCOPES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What the bank made of us; `client_id` goes into the bank's reference.

    The access token is not rotated, and is the only way to change or end the registration at
    `management_url`: store it sealed.
    """

    client_id: str
    access_token: str = field(repr=False)
    management_url: str


def register(
    conversation: Conversation,
    *,
    server: Server,
    software_statement: str,
    redirect_uri: str,
    encrypts_requests: bool,
) -> Registration:
    """Register once for each software statement and bank, and return what to keep.

    The statement is a fresh one of the directory: STALE_STATEMENT is raised for one older than
    banks take, MISCONFIGURED for one that does not name the redirect URI or a JWKS of ours, and for
    a bank that registers by other means. Raises ProviderError.
    """
    if server.registration_endpoint is None:
        raise ProviderError(reason=Reason.MISCONFIGURED, details="the bank registers nobody itself")
    statement = _statement(software_statement, redirect_uri)
    wish = _metadata(statement, redirect_uri=redirect_uri, encrypts_requests=encrypts_requests)
    answer = conversation.call(
        "POST",
        server.registration_endpoint,
        headers={"Content-Type": "application/json"},
        body=json.dumps({**wish, "software_statement": software_statement}).encode(),
    )
    if answer.status not in {HTTPStatus.CREATED, HTTPStatus.OK}:
        raise answers.oauth_refusal(answer)
    content = answers.json_object(answer)
    # Without these two, tokens would serve whoever stole them, and id_tokens could be read.
    for name in ("tls_client_certificate_bound_access_tokens", "id_token_encrypted_response_alg"):
        if content.get(name, wish[name]) != wish[name]:
            raise answers.bad(f"registered with another {name}", answer)
    return Registration(
        client_id=_text(content, "client_id"),
        access_token=_text(content, "registration_access_token"),
        management_url=_text(content, "registration_client_uri"),
    )


def _metadata(
    statement: Mapping[str, Any], *, redirect_uri: str, encrypts_requests: bool
) -> dict[str, Any]:
    encryption = {
        "request_object_encryption_alg": jose.KEY_ENCRYPTION,
        "request_object_encryption_enc": jose.CONTENT_ENCRYPTION,
    }
    return {
        "application_type": "web",
        "redirect_uris": [redirect_uri],
        # By reference only: keys by value are not allowed.
        "jwks_uri": statement["software_jwks_uri"],
        # `implicit` stands for the id_token that comes with the code.
        "grant_types": [
            "authorization_code",
            "implicit",
            "refresh_token",
            "client_credentials",
        ],
        "response_types": ["code id_token"],
        "scope": _SCOPES,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": jose.SIGNATURE,
        "request_object_signing_alg": jose.SIGNATURE,
        "require_signed_request_object": True,
        "require_pushed_authorization_requests": True,
        "id_token_signed_response_alg": jose.SIGNATURE,
        "id_token_encrypted_response_alg": jose.KEY_ENCRYPTION,
        "id_token_encrypted_response_enc": jose.CONTENT_ENCRYPTION,
        "tls_client_certificate_bound_access_tokens": True,
        **(encryption if encrypts_requests else {}),
    }


def _statement(token: str, redirect_uri: str) -> Mapping[str, Any]:
    """Return what a software statement says; its signature is for the bank to check."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        issued_at = int(claims["iat"])
        redirects = claims["software_redirect_uris"]
        jwks_uri = claims["software_jwks_uri"]
    except (IndexError, KeyError, TypeError, ValueError):
        raise ProviderError(
            reason=Reason.MISCONFIGURED, details="not a software statement"
        ) from None
    if issued_at < time.time() - _STATEMENT_SECONDS:
        raise ProviderError(reason=Reason.STALE_STATEMENT)
    if not isinstance(redirects, list) or redirect_uri not in redirects or not jwks_uri:
        raise ProviderError(
            reason=Reason.MISCONFIGURED, details="the statement names another redirect URI"
        )
    return dict(claims)


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise answers.bad(f"no {name}")
    return value
