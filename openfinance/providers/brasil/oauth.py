"""The calls to an authorisation server: a pushed request, and tokens (FAPI-BR 2.1)."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from openfinance.providers.brasil import answers, jose
from openfinance.providers.brasil.discovery import Server
from openfinance.providers.brasil.transport import Answer, Conversation
from openfinance.providers.errors import ProviderError, Reason

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 120
_REQUEST_SECONDS = 300
# A bank whose clock is behind ours by a little must not find a request from the future.
_CLOCK_SECONDS = 10
# FAPI-BR: 300 to 900 seconds; what a bank does not say is taken as the shortest.
_SHORTEST_ACCESS = 300
_LONGEST_ACCESS = 86400
_LONGEST_TOKEN = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Us, as one server knows us."""

    id: str
    keys: jose.Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    id_token: str | None = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """The secrets of one trip of a person to a bank."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)


def request_object(
    *, server: Server, client: Client, trip: Trip, scope: str, redirect_uri: str
) -> str:
    """Return the signed authorisation request; `acr` is essential, whichever the bank has."""
    now = int(time.time())
    claims = {
        "iss": client.id,
        "aud": server.issuer,
        "jti": secrets.token_urlsafe(24),
        "iat": now,
        "nbf": now - _CLOCK_SECONDS,
        "exp": now + _REQUEST_SECONDS,
        "client_id": client.id,
        "response_type": "code id_token",
        "response_mode": "fragment",
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": trip.state,
        "nonce": trip.nonce,
        "code_challenge": jose.challenge(trip.verifier),
        "code_challenge_method": "S256",
        "claims": {"id_token": {"acr": {"essential": True}}},
    }
    return jose.sign(claims, client.keys)


def push(conversation: Conversation, *, server: Server, client: Client, request: str) -> str:
    """Push a request object and return the URL where the person has to be sent within a minute."""
    answer = _post(conversation, server.par_endpoint, server, client, {"request": request})
    if answer.status not in {HTTPStatus.CREATED, HTTPStatus.OK}:
        raise answers.oauth_refusal(answer)
    request_uri = answers.json_object(answer).get("request_uri")
    if not isinstance(request_uri, str) or not request_uri:
        raise answers.bad("no request_uri", answer)
    parts = urlsplit(server.authorization_endpoint)
    query = [*parse_qsl(parts.query), ("client_id", client.id), ("request_uri", request_uri)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def token(
    conversation: Conversation, *, server: Server, client: Client, grant: Mapping[str, str]
) -> TokenAnswer:
    """Exchange a grant for tokens, once; CODE_REFUSED stands for `invalid_grant`."""
    answer = _post(conversation, server.token_endpoint, server, client, grant)
    if answer.status != HTTPStatus.OK:
        raise answers.oauth_refusal(answer)
    content = answers.json_object(answer)
    access_token = _token(content, "access_token")
    if access_token is None or str(content.get("token_type")).lower() != "bearer":
        raise answers.bad("no bearer token", answer)
    return TokenAnswer(
        access_token=access_token,
        refresh_token=_token(content, "refresh_token"),
        id_token=_token(content, "id_token"),
        expires_at=datetime.now(UTC) + _lifetime(content.get("expires_in")),
    )


def _post(
    conversation: Conversation,
    url: str,
    server: Server,
    client: Client,
    form: Mapping[str, str],
) -> Answer:
    proof = {
        "client_id": client.id,
        "client_assertion_type": _ASSERTION_TYPE,
        "client_assertion": _assertion(server, client),
    }
    return conversation.call(
        "POST",
        url,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode({**form, **proof}).encode(),
    )


def _assertion(server: Server, client: Client) -> str:
    """Return a proof of who we are, good once (RFC 7523).

    Its audience is the issuer, never an endpoint: what a false document names as an endpoint could
    otherwise use the proof at the true one.
    """
    now = int(time.time())
    claims = {
        "iss": client.id,
        "sub": client.id,
        "aud": server.issuer,
        "jti": secrets.token_urlsafe(24),
        "iat": now,
        "exp": now + _ASSERTION_SECONDS,
    }
    return jose.sign(claims, client.keys)


def _token(content: Mapping[str, Any], name: str) -> str | None:
    value = content.get(name)
    if value is None:
        return None
    # It goes into a header: a line end would end the header too.
    is_sound = isinstance(value, str) and value.isascii() and value.isprintable()
    if not is_sound or not 0 < len(value) <= _LONGEST_TOKEN:
        raise ProviderError(reason=Reason.BAD_ANSWER, details=f"an unusable {name}")
    return str(value)


def _lifetime(seconds: object) -> timedelta:
    if isinstance(seconds, int) and 0 < seconds <= _LONGEST_ACCESS:
        return timedelta(seconds=seconds)
    return timedelta(seconds=_SHORTEST_ACCESS)
