"""The bank of tests, by the same Consents API as every bank, and a simpler OAuth (RFC 6749)."""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import urlencode

import requests

from openfinance import permissions
from openfinance.providers import agreements
from openfinance.providers.base import Bank
from openfinance.providers.brasil import answers
from openfinance.providers.brasil.consents_api import ConsentsApi
from openfinance.providers.errors import ProviderError, Reason
from openfinance.providers.sandbox import returns
from openfinance.providers.sandbox.returns import Memory
from openfinance.providers.sandbox.transport import Conversation
from openfinance.providers.values import (
    BankConsent,
    ConsentRequest,
    ConsentStatus,
    Departure,
    Extension,
    Granted,
    Person,
    Redirect,
    Tokens,
)

# How long a consent awaits the person's yes at the bank.
_AWAITS = timedelta(minutes=60)
_BRAND = re.compile(r"[a-z0-9-]{1,31}")


@dataclass(eq=False, kw_only=True)
class Sandbox:
    """The bank of tests, under any of its brands; share one between threads.

    A bank's reference is `{"brand": slug}`. Timeouts are in seconds.
    """

    needs_cpf: ClassVar[bool] = True
    gives_tokens: ClassVar[bool] = True

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    connect_timeout: float = 3.05
    read_timeout: float = 15.0

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self, request: ConsentRequest) -> Departure:
        """Create the consent, or go on with one that awaits, and say where to authorise it."""
        with self._line(request.bank) as line:
            consent = _awaiting(line.own_consents(), request)
            memory = Memory(
                issuer=line.issuer,
                state=secrets.token_urlsafe(32),
                verifier=secrets.token_urlsafe(48),
                consent_id=consent.id,
                permissions=consent.permissions,
            )
            return Departure(
                to=Redirect(url=self._authorisation(memory)),
                state=memory.state,
                remembered=memory.write(),
                expires_at=datetime.now(UTC) + _AWAITS,
                consent=consent,
                interaction_ids=line.conversation.interaction_ids,
            )

    def finish(self, *, bank: Bank, returned: Mapping[str, str], remembered: str) -> Granted:
        """Check the return and exchange its code; see `Provider.finish`.

        After a refusal the error has the consent as it is then, if the bank answers about it.
        """
        memory = Memory.read(remembered)
        with self._line(bank) as line:
            if line.issuer != memory.issuer:
                raise ProviderError(reason=Reason.WRONG_ISSUER, details="the bank's row changed")
            try:
                code = returns.code(returned, memory)
            except ProviderError as error:
                if error.reason is Reason.REFUSED:
                    error.consent = line.told(memory.consent_id)
                raise
            tokens = line.token(
                grant_type="authorization_code",
                code=code,
                redirect_uri=self.redirect_uri,
                code_verifier=memory.verifier,
            )
            consent = line.own_consents().read(memory.consent_id)
            if consent.status is not ConsentStatus.AUTHORISED:
                raise ProviderError(reason=Reason.CONSENT_ENDED, consent=consent)
            return Granted(
                tokens=tokens,
                consent=agreements.no_more_than(consent, memory.permissions),
                interaction_ids=line.conversation.interaction_ids,
            )

    def refresh(self, *, bank: Bank, consent_id: str, refresh_token: str | None) -> Tokens:
        """Renew the access token; the refresh token stays the same."""
        with self._line(bank) as line:
            try:
                tokens = line.token(grant_type="refresh_token", refresh_token=refresh_token or "")
            except ProviderError as error:
                if error.reason is not Reason.CODE_REFUSED:
                    raise
            else:
                return replace(tokens, refresh_token=tokens.refresh_token or refresh_token)
            raise _why_no_token(line.own_consents(), consent_id)

    def revoke(self, *, bank: Bank, consent_id: str) -> None:
        """Delete the consent at the bank, which ends its tokens too."""
        with self._line(bank) as line:
            line.own_consents().delete(consent_id)

    def read(self, *, bank: Bank, consent_id: str) -> BankConsent:
        """Return the consent as it is at the bank."""
        with self._line(bank) as line:
            return line.own_consents().read(consent_id)

    def extend(
        self,
        *,
        bank: Bank,
        consent_id: str,
        access_token: str,
        expires_at: datetime | None,
        person: Person,
    ) -> BankConsent:
        """Extend the consent, with the person's own token."""
        with self._line(bank) as line:
            consents = line.consents(access_token)
            return consents.extend(consent_id, expires_at=expires_at, person=person)

    def extensions(self, *, bank: Bank, consent_id: str) -> tuple[Extension, ...]:
        """Return every extension of the consent, the newest first."""
        with self._line(bank) as line:
            return line.own_consents().extensions(consent_id)

    def _authorisation(self, memory: Memory) -> str:
        hashed = hashlib.sha256(memory.verifier.encode()).digest()
        scopes = permissions.scopes(memory.permissions)
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(("openid", f"consent:{memory.consent_id}", *scopes)),
            "state": memory.state,
            "code_challenge": base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{memory.issuer}/oauth/authorize?{urlencode(query)}"

    @contextmanager
    def _line(self, bank: Bank) -> Iterator["_Line"]:
        brand = bank.get("brand")
        if not isinstance(brand, str) or not _BRAND.fullmatch(brand):
            raise ProviderError(reason=Reason.MISCONFIGURED, details="the reference has no brand")
        conversation = Conversation(
            session=self._session, timeouts=(self.connect_timeout, self.read_timeout)
        )
        proof = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        try:
            yield _Line(
                conversation=conversation, issuer=f"{self.base_url}/{brand}", proof=f"Basic {proof}"
            )
        except ProviderError as error:
            error.interaction_ids = conversation.interaction_ids
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A brand being called; every method raises ProviderError."""

    conversation: Conversation
    issuer: str
    proof: str = field(repr=False)

    def own_consents(self) -> ConsentsApi:
        """Return the Consents API, called with a new token of our own."""
        own = self.token(grant_type="client_credentials", scope="consents")
        return self.consents(own.access_token)

    def consents(self, access_token: str) -> ConsentsApi:
        """Return the Consents API, called with this token."""
        return ConsentsApi(
            conversation=self.conversation,
            url=f"{self.issuer}/open-banking/consents/v3/consents",
            access_token=access_token,
        )

    def token(self, **grant: str) -> Tokens:
        """Exchange a grant for tokens, once."""
        answer = self.conversation.call(
            "POST",
            f"{self.issuer}/oauth/token",
            headers={
                "Authorization": self.proof,
                "Content-Type": "application/x-www-form-urlencoded",
            },
            body=urlencode(grant).encode(),
        )
        if answer.status != HTTPStatus.OK:
            raise answers.oauth_refusal(answer)
        content = answers.json_object(answer)
        try:
            return Tokens(
                access_token=content["access_token"],
                refresh_token=content.get("refresh_token"),
                expires_at=datetime.now(UTC) + timedelta(seconds=content["expires_in"]),
            )
        except (KeyError, TypeError):
            raise answers.bad("no bearer token", answer) from None

    def told(self, consent_id: str) -> BankConsent | None:
        """Return the consent, None when the bank does not answer about it."""
        try:
            return self.own_consents().read(consent_id)
        except ProviderError:
            return None


def _awaiting(consents: ConsentsApi, request: ConsentRequest) -> BankConsent:
    """Return the consent to authorise: a new one, or the earlier one while it awaits."""
    if request.consent_id is None:
        return consents.create(
            names=request.permissions, expires_at=request.expires_at, person=request.person
        )
    consent = consents.read(request.consent_id)
    return agreements.require_awaiting(consent, request.permissions)


def _why_no_token(consents: ConsentsApi, consent_id: str) -> ProviderError:
    try:
        consent = consents.read(consent_id)
    except ProviderError as error:
        if error.reason is not Reason.CONSENT_UNKNOWN:
            return error
        return ProviderError(reason=Reason.CONSENT_ENDED, details="unknown at the bank")
    is_over = consent.status is ConsentStatus.REJECTED
    reason = Reason.CONSENT_ENDED if is_over else Reason.ACCESS_LOST
    return ProviderError(reason=reason, consent=consent)
