"""What an authorisation server publishes about itself: its endpoints and its keys."""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from openfinance.providers.brasil import answers
from openfinance.providers.brasil.transport import Conversation
from openfinance.providers.errors import ProviderError, Reason

_KEPT_SECONDS = 3600
# Whoever sends tokens with key ids that do not exist must not make us ask for the keys each time.
_KEYS_KEPT_SECONDS = 30
_SHORTEST_KEY = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The endpoints, those for mutual TLS where the server has them apart (RFC 8705 §5)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    par_endpoint: str
    jwks_uri: str
    registration_endpoint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedKeys:
    """The RSA keys of a JWKS that are long enough; the others are as if they were not there."""

    signing: tuple[RSAKey, ...]
    encrypting: tuple[RSAKey, ...]

    def signed_with(self, kid: str | None) -> RSAKey | None:
        """Return the key with the id; without an id, the only key."""
        if kid is None:
            return self.signing[0] if len(self.signing) == 1 else None
        return next((key for key in self.signing if key.kid == kid), None)


@dataclass(eq=False, slots=True)
class Directory:
    """Reads what servers publish, and keeps it for a while. Threads may share one."""

    _servers: dict[tuple[str, str], tuple[float, Server]] = field(default_factory=dict)
    _keys: dict[str, tuple[float, PublishedKeys]] = field(default_factory=dict)

    def server(self, conversation: Conversation, *, issuer: str, url: str) -> Server:
        """Return the server whose document is at the URL.

        Raises ProviderError: WRONG_ISSUER for a document of another issuer, MISCONFIGURED for one
        without what the profile needs.
        """
        kept = self._servers.get((issuer, url))
        if kept and time.monotonic() - kept[0] < _KEPT_SECONDS:
            return kept[1]
        answer = conversation.call("GET", url)
        if answer.status != HTTPStatus.OK:
            raise answers.oauth_refusal(answer)
        server = _server(answers.json_object(answer), issuer=issuer)
        self._servers[issuer, url] = time.monotonic(), server
        return server

    def signing_key(
        self, conversation: Conversation, server: Server, kid: str | None
    ) -> RSAKey | None:
        """Return the server's key with the id, asking anew for one not seen before; None if none.

        Without an id it is the server's only key.
        """
        key = self.keys(conversation, server).signed_with(kid)
        return key or self.keys(conversation, server, seconds=_KEYS_KEPT_SECONDS).signed_with(kid)

    def encryption_key(self, conversation: Conversation, server: Server) -> RSAKey:
        """Return the key to encrypt to; raise ProviderError with MISCONFIGURED if there is none."""
        keys = self.keys(conversation, server).encrypting
        if not keys:
            raise ProviderError(reason=Reason.MISCONFIGURED, details="no key to encrypt to")
        return keys[0]

    def keys(
        self, conversation: Conversation, server: Server, *, seconds: float = _KEPT_SECONDS
    ) -> PublishedKeys:
        """Return the server's keys, no older than that."""
        kept = self._keys.get(server.jwks_uri)
        if kept and time.monotonic() - kept[0] < seconds:
            return kept[1]
        answer = conversation.call("GET", server.jwks_uri)
        if answer.status != HTTPStatus.OK:
            raise answers.oauth_refusal(answer)
        keys = _published(answers.json_object(answer))
        self._keys[server.jwks_uri] = time.monotonic(), keys
        return keys


def _server(document: Mapping[str, Any], *, issuer: str) -> Server:
    if document.get("issuer") != issuer:
        raise ProviderError(reason=Reason.WRONG_ISSUER, details="the discovery document's issuer")
    aliases = document.get("mtls_endpoint_aliases")
    called = {**document, **aliases} if isinstance(aliases, dict) else document
    registration = called.get("registration_endpoint")
    return Server(
        issuer=issuer,
        # A browser goes there, and has no certificate of ours.
        authorization_endpoint=_address(document, "authorization_endpoint"),
        token_endpoint=_address(called, "token_endpoint"),
        par_endpoint=_address(called, "pushed_authorization_request_endpoint"),
        jwks_uri=_address(document, "jwks_uri"),
        registration_endpoint=registration if isinstance(registration, str) else None,
    )


def _address(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise ProviderError(reason=Reason.MISCONFIGURED, details=f"the server publishes no {name}")
    return value


def _published(document: Mapping[str, Any]) -> PublishedKeys:
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise answers.bad("no JWKS")
    return PublishedKeys(
        signing=_keys(entries, use="sig", algorithm="PS256"),
        encrypting=_keys(entries, use="enc", algorithm="RSA-OAEP"),
    )


def _keys(entries: list[Any], *, use: str, algorithm: str) -> tuple[RSAKey, ...]:
    suitable = (
        entry
        for entry in entries
        if isinstance(entry, dict)
        and entry.get("kty") == "RSA"
        and entry.get("use", use) == use
        and entry.get("alg", algorithm) == algorithm
    )
    return tuple(key for entry in suitable if (key := _key(entry, use=use)))


def _key(entry: Mapping[str, Any], *, use: str) -> RSAKey | None:
    public = {name: entry[name] for name in ("kty", "n", "e", "kid") if name in entry}
    try:
        modulus = base64.urlsafe_b64decode(str(entry.get("n")) + "==")
        if int.from_bytes(modulus).bit_length() < _SHORTEST_KEY:
            return None
        return RSAKey.import_key({**public, "use": use})
    except (JoseError, ValueError, TypeError):
        return None
