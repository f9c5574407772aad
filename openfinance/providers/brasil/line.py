"""One operation at one bank: its server, our credentials there, and the calls made."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TypeVar

from joserfc.jwk import RSAKey

from openfinance.providers.brasil import discovery, id_tokens, jose, oauth
from openfinance.providers.brasil.consents_api import ConsentsApi
from openfinance.providers.brasil.references import Reference
from openfinance.providers.brasil.returns import Arrival, Memory
from openfinance.providers.brasil.transport import Conversation
from openfinance.providers.errors import ProviderError

_EXPIRY_MARGIN = timedelta(seconds=30)

Result = TypeVar("Result")


@dataclass(eq=False, slots=True)
class Shared:
    """What is kept between operations, in memory only: documents, keys, our own tokens."""

    directory: discovery.Directory = field(default_factory=discovery.Directory)
    tokens: dict[tuple[str, str], oauth.TokenAnswer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A bank being called; every method raises ProviderError."""

    conversation: Conversation
    reference: Reference
    server: discovery.Server
    client: oauth.Client
    shared: Shared

    def ask(self, question: Callable[[ConsentsApi], Result]) -> Result:
        """Call the Consents API with a token of our own, with a new one if it is not taken."""
        consents = self.consents(self._own_token())
        try:
            return question(consents)
        except ProviderError as error:
            if error.http_status != HTTPStatus.UNAUTHORIZED:
                raise
        # A 401 did nothing, so that this repeats nothing.
        return question(self.consents(self._own_token(is_new=True)))

    def consents(self, access_token: str) -> ConsentsApi:
        """Return the Consents API, called with this token."""
        return ConsentsApi(
            conversation=self.conversation,
            url=self.reference.consents_url,
            access_token=access_token,
        )

    def push(self, *, trip: oauth.Trip, scope: str, redirect_uri: str) -> str:
        """Push an authorisation request and return where to send the person."""
        request = oauth.request_object(
            server=self.server,
            client=self.client,
            trip=trip,
            scope=scope,
            redirect_uri=redirect_uri,
        )
        if self.reference.encrypts_requests:
            request = jose.encrypt(request, self._encryption_key())
        return oauth.push(
            self.conversation, server=self.server, client=self.client, request=request
        )

    def exchange(self, arrival: Arrival, *, memory: Memory, redirect_uri: str) -> oauth.TokenAnswer:
        """Check what came back and exchange its code for tokens; check what comes with them."""
        expected = id_tokens.Expected(
            issuer=memory.issuer,
            client_id=self.client.id,
            nonce=memory.nonce,
            state=memory.state,
            code=arrival.code,
        )
        first = self._open(arrival.id_token)
        id_tokens.check_first(first, expected)
        answer = self.token(
            grant_type="authorization_code",
            code=arrival.code,
            redirect_uri=redirect_uri,
            code_verifier=memory.verifier,
        )
        id_tokens.check_second(
            self._open(answer.id_token or ""),
            expected,
            first=first,
            access_token=answer.access_token,
        )
        return answer

    def token(self, **grant: str) -> oauth.TokenAnswer:
        """Exchange a grant for tokens."""
        return oauth.token(self.conversation, server=self.server, client=self.client, grant=grant)

    def _own_token(self, *, is_new: bool = False) -> str:
        key = self.reference.issuer, self.client.id
        kept = self.shared.tokens.get(key)
        if kept is None or is_new or kept.expires_at <= datetime.now(UTC) + _EXPIRY_MARGIN:
            kept = self.token(grant_type="client_credentials", scope="consents")
            self.shared.tokens[key] = kept
        return kept.access_token

    def _open(self, token: str) -> jose.Claims:
        def find(kid: str | None) -> RSAKey | None:
            return self.shared.directory.signing_key(self.conversation, self.server, kid)

        return jose.open_token(token, keys=self.client.keys, find=find)

    def _encryption_key(self) -> RSAKey:
        return self.shared.directory.encryption_key(self.conversation, self.server)
