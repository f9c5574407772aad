"""Direct Open Finance Brasil: this service receives the data itself (FAPI-BR, Consents v3)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import ClassVar

from joserfc.jwk import RSAKey

from openfinance import permissions
from openfinance.providers import agreements
from openfinance.providers.base import Bank
from openfinance.providers.brasil import jose, oauth, pem, registration, returns
from openfinance.providers.brasil.line import Line, Shared
from openfinance.providers.brasil.pem import CertificateEnd
from openfinance.providers.brasil.references import Reference
from openfinance.providers.brasil.registration import Registration
from openfinance.providers.brasil.returns import Memory
from openfinance.providers.brasil.transport import Conversation, Transport
from openfinance.providers.errors import ProviderError, Reason
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


@dataclass(eq=False, kw_only=True)
class BrasilProvider:
    """Any bank of Open Finance Brasil, for one receiver; share one between threads.

    Certificates and keys are PEM, or paths of files of it. `transport_certificate` holds its chain
    (a BRCAC); `signing_key` and `encryption_key` are those of our published JWKS, under these ids,
    and `previous_encryption_key` opens what was encrypted before it was replaced. `redirect_uri` is
    the registered one. `signing_certificate` (a BRSEAL) is wanted only for its end, and may be left
    out. `authorities` are the ones to trust instead of certifi's. Timeouts are in
    seconds: to connect, for the next bytes, for a whole answer. `allow_loopback` is for tests.
    Raises ValueError for what cannot be used, naming it.
    """

    needs_cpf: ClassVar[bool] = True
    gives_tokens: ClassVar[bool] = True

    transport_certificate: str = field(repr=False)
    transport_key: str = field(repr=False)
    signing_key: str = field(repr=False)
    signing_key_id: str
    encryption_key: str = field(repr=False)
    encryption_key_id: str
    redirect_uri: str
    previous_encryption_key: str = field(default="", repr=False)
    previous_encryption_key_id: str = ""
    signing_certificate: str = field(default="", repr=False)
    authorities: str = field(default="", repr=False)
    connect_timeout: float = 3.05
    read_timeout: float = 15.0
    total_timeout: float = 30.0
    allow_loopback: bool = False

    def __post_init__(self) -> None:
        self._keys = jose.Keys(
            signing=jose.private_key("signing_key", self.signing_key, kid=self.signing_key_id),
            decrypting=tuple(self._decrypting()),
        )
        self._transport = Transport(
            certificate=pem.read("transport_certificate", self.transport_certificate),
            key=pem.read("transport_key", self.transport_key),
            authorities=pem.read("authorities", self.authorities) if self.authorities else None,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            total_timeout=self.total_timeout,
            allow_loopback=self.allow_loopback,
        )
        self._shared = Shared()

    def start(self, request: ConsentRequest) -> Departure:
        """Create the consent, or go on with one that awaits, and push the request of this trip.

        The error of what fails after that has the consent.
        """
        with self._line(request.bank) as line:
            consent = _awaiting(line, request)
            trip = oauth.Trip()
            scopes = permissions.scopes(consent.permissions)
            try:
                url = line.push(
                    trip=trip,
                    scope=" ".join(("openid", f"consent:{consent.id}", *scopes)),
                    redirect_uri=self.redirect_uri,
                )
            except ProviderError as error:
                error.consent = consent
                raise
            memory = Memory.of(issuer=line.reference.issuer, trip=trip, consent=consent)
            return Departure(
                to=Redirect(url=url),
                state=trip.state,
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
            if line.reference.issuer != memory.issuer:
                raise ProviderError(reason=Reason.WRONG_ISSUER, details="the bank's row changed")
            arrival = _arrival(line, returned, memory)
            answer = line.exchange(arrival, memory=memory, redirect_uri=self.redirect_uri)
            consent = _told(line, memory.consent_id)
            if consent and consent.status is ConsentStatus.REJECTED:
                raise ProviderError(reason=Reason.CONSENT_ENDED, consent=consent)
            is_confirmed = consent is not None and consent.status is ConsentStatus.AUTHORISED
            known = consent if consent and is_confirmed else memory.authorised()
            return Granted(
                tokens=_tokens(answer, kept=None),
                consent=agreements.no_more_than(known, memory.permissions),
                is_confirmed=is_confirmed,
                interaction_ids=line.conversation.interaction_ids,
            )

    def refresh(self, *, bank: Bank, consent_id: str, refresh_token: str | None) -> Tokens:
        """Renew the access token; banks do not rotate the refresh token (FAPI-BR 2.1)."""
        with self._line(bank) as line:
            try:
                answer = line.token(grant_type="refresh_token", refresh_token=refresh_token or "")
            except ProviderError as error:
                is_over = error.reason is Reason.CODE_REFUSED
                if not is_over and error.http_status != HTTPStatus.UNAUTHORIZED:
                    raise
                raise _why_no_token(line, consent_id, error) from None
            tokens = _tokens(answer, kept=refresh_token)
            return replace(tokens, interaction_ids=line.conversation.interaction_ids)

    def revoke(self, *, bank: Bank, consent_id: str) -> tuple[str, ...]:
        """Delete the consent at the bank, which ends its tokens too."""
        with self._line(bank) as line:
            line.ask(lambda consents: consents.delete(consent_id))
            return line.conversation.interaction_ids

    def read(self, *, bank: Bank, consent_id: str) -> BankConsent:
        """Return the consent as it is at the bank."""
        with self._line(bank) as line:
            consent = line.ask(lambda consents: consents.read(consent_id))
            return replace(consent, interaction_ids=line.conversation.interaction_ids)

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
            consent = consents.extend(consent_id, expires_at=expires_at, person=person)
            return replace(consent, interaction_ids=line.conversation.interaction_ids)

    def extensions(self, *, bank: Bank, consent_id: str) -> tuple[Extension, ...]:
        """Return every extension of the consent, the newest first."""
        with self._line(bank) as line:
            return line.ask(lambda consents: consents.extensions(consent_id))

    def register(
        self, *, issuer: str, discovery_url: str, software_statement: str, encrypts_requests: bool
    ) -> Registration:
        """Register this receiver at a bank, once for a software statement; see `registration`."""
        with self._conversation() as conversation:
            server = self._shared.directory.server(conversation, issuer=issuer, url=discovery_url)
            return registration.register(
                conversation,
                server=server,
                software_statement=software_statement,
                redirect_uri=self.redirect_uri,
                encrypts_requests=encrypts_requests,
            )

    def certificate_ends(self) -> tuple[CertificateEnd, ...]:
        """Return when each of our certificates ends, the first to end first."""
        settings = {
            "transport_certificate": self.transport_certificate,
            "signing_certificate": self.signing_certificate,
        }
        return pem.certificate_ends({name: value for name, value in settings.items() if value})

    def close(self) -> None:
        """Close the idle connections."""
        self._transport.close()

    def _decrypting(self) -> Iterator[RSAKey]:
        yield jose.private_key("encryption_key", self.encryption_key, kid=self.encryption_key_id)
        if self.previous_encryption_key:
            yield jose.private_key(
                "previous_encryption_key",
                self.previous_encryption_key,
                kid=self.previous_encryption_key_id,
            )

    @contextmanager
    def _conversation(self) -> Iterator[Conversation]:
        conversation = Conversation(self._transport)
        try:
            yield conversation
        except ProviderError as error:
            error.interaction_ids = conversation.interaction_ids
            raise

    @contextmanager
    def _line(self, bank: Bank) -> Iterator[Line]:
        reference = Reference.read(bank)
        with self._conversation() as conversation:
            server = self._shared.directory.server(
                conversation, issuer=reference.issuer, url=reference.discovery_url
            )
            # We call the other addresses ourselves; a person is sent to this one.
            self._transport.require_safe(server.authorization_endpoint)
            yield Line(
                conversation=conversation,
                reference=reference,
                server=server,
                client=oauth.Client(id=reference.client_id, keys=self._keys),
                shared=self._shared,
            )


def _awaiting(line: Line, request: ConsentRequest) -> BankConsent:
    """Return the consent to authorise: a new one, or the earlier one while it awaits."""
    if request.consent_id is None:
        return line.ask(
            lambda consents: consents.create(
                names=request.permissions, expires_at=request.expires_at, person=request.person
            )
        )
    consent_id = request.consent_id
    consent = line.ask(lambda consents: consents.read(consent_id))
    return agreements.require_awaiting(consent, request.permissions)


def _arrival(line: Line, returned: Mapping[str, str], memory: Memory) -> returns.Arrival:
    try:
        return returns.read(returned, memory)
    except ProviderError as error:
        if error.reason is Reason.REFUSED:
            error.consent = _told(line, memory.consent_id)
        raise


def _told(line: Line, consent_id: str) -> BankConsent | None:
    """Return the consent, None when the bank does not answer: what came before must not be lost."""
    try:
        return line.ask(lambda consents: consents.read(consent_id))
    except ProviderError:
        return None


def _why_no_token(line: Line, consent_id: str, error: ProviderError) -> ProviderError:
    try:
        consent = line.ask(lambda consents: consents.read(consent_id))
    except ProviderError as other:
        if other.reason is Reason.CONSENT_UNKNOWN:
            return ProviderError(reason=Reason.CONSENT_ENDED, details="unknown at the bank")
        return other
    if consent.status is ConsentStatus.REJECTED:
        return ProviderError(reason=Reason.CONSENT_ENDED, consent=consent)
    if error.reason is Reason.CODE_REFUSED:
        return ProviderError(reason=Reason.ACCESS_LOST, consent=consent)
    return error


def _tokens(answer: oauth.TokenAnswer, *, kept: str | None) -> Tokens:
    return Tokens(
        access_token=answer.access_token,
        # A bank leaves it out when it stays the same.
        refresh_token=answer.refresh_token or kept,
        expires_at=answer.expires_at,
    )
