"""A person's trip to the bank and back.

No transaction is open during a call to a provider. A process killed in between leaves a consent
that awaits: the next tap goes on with it, or `checks.look` finds out what the bank made of it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit, sealed
from accounts.models import AuditEvent
from openfinance import consents, grants, notices, serving
from openfinance.models import Attempt, Consent, Notice
from openfinance.providers import (
    BankConsent,
    ConsentRequest,
    ConsentStatus,
    Departure,
    Person,
    ProviderError,
    Reason,
    Redirect,
    Widget,
)
from whatsapp import tokens

logger = logging.getLogger(__name__)

Status = Consent.Status


class UnknownReturn(Exception):
    """Nobody is expected back with this state: it is unknown, too old, or was used"""

    code = "unknown_return"

    def __init__(self, attempt: Attempt | None = None) -> None:
        """Take the attempt that is over already, None when there never was one."""
        super().__init__()
        self.attempt = attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """From where a person acts on a page of ours."""

    address: str = field(repr=False)
    user_agent: str = field(repr=False)


def begin(*, consent: Consent, visitor: Visitor) -> Redirect | Widget:
    """Ask the bank for the consent, or go on with it, and return where to send the person, at once.

    Raises ProviderError: nothing was granted then, and the person may agree and try again, which
    goes on with this consent unless it has ended. Raises consents.LinkUsed when it is authorised
    already, and serving.NoProvider.
    """
    consent = Consent.objects.select_related("connection__bank", "renews").get(pk=consent.pk)
    if not _may_still_go(consent):
        raise ProviderError(reason=Reason.CONSENT_ENDED, details="it ended before the trip")
    request = _request(consent, visitor)
    try:
        with serving.calling(consent.provider) as provider:
            departure = provider.start(request)
    except ProviderError as error:
        _did_not_begin(consent, error)
        raise
    if not _began(consent, departure):
        raise ProviderError(reason=Reason.CONSENT_ENDED, details="it ended during the call")
    return departure.to


def finish(*, state: str, returned: Mapping[str, str]) -> Consent:
    """Take what a person came back with, once, and return the consent as it is then.

    It is authorised, unless its person ended it while they were away. Raises UnknownReturn,
    ProviderError with the reason why nothing was granted, and serving.NoProvider.
    """
    attempt = expected(state)
    consent = attempt.consent
    bank = serving.reference(consent)
    # Before the only try is used up.
    serving.require_no_transaction()
    serving.named(consent.provider)
    remembered = _take(attempt)
    try:
        with serving.calling(consent.provider) as provider:
            granted = provider.finish(bank=bank, returned=returned, remembered=remembered)
    except ProviderError as error:
        _did_not_finish(attempt, error)
        raise
    return grants.take(consent, granted)


def expected(state: str) -> Attempt:
    """Return the attempt of a state, whether it is over or not. Raises UnknownReturn."""
    found = Attempt.objects.select_related("consent__connection__bank")
    attempt = found.filter(state_digest=_digest(state)).first()
    if attempt is None:
        raise UnknownReturn
    return attempt


def forget() -> int:
    """Erase what was kept for those who did not come back in time; return how many there were."""
    late = Attempt.objects.filter(expires_at__lte=timezone.now(), remembered__isnull=False)
    return late.update(remembered=None)


def _may_still_go(consent: Consent) -> bool:
    if consent.status == Status.AUTHORISED and not consent.revocation_requested_at:
        raise consents.LinkUsed
    return consent.status != Status.ENDED and not consent.revocation_requested_at


def _request(consent: Consent, visitor: Visitor) -> ConsentRequest:
    cpf = ""
    if consent.cpf is not None:
        user = consent.connection.user_id
        cpf = sealed.reveal(consent, "cpf", user=user, purpose="consent_request")
    return ConsentRequest(
        bank=serving.reference(consent),
        permissions=tuple(consent.requested_permissions),
        expires_at=consent.expires_at,
        person=Person(cpf=cpf, ip=visitor.address, user_agent=visitor.user_agent),
        consent_id=consent.bank_consent_id or None,
        renews=_renewed_id(consent),
        user_reference=str(consent.connection_id),
    )


def _renewed_id(consent: Consent) -> str | None:
    """Return the bank's id of what is renewed, while it stands and the same provider knows it."""
    old = consent.renews
    if old is None or old.provider != consent.provider:
        return None
    stands = old.status == Status.AUTHORISED and not old.revocation_requested_at
    return old.bank_consent_id if stands else None


@transaction.atomic
def _began(consent: Consent, departure: Departure) -> bool:
    """Remember the trip; False when the consent has ended meanwhile, and nobody may be sent."""
    stands = _known_at_bank(consent, departure.consent, departure.interaction_ids)
    if stands:
        attempt = Attempt(
            consent=consent,
            state_digest=_digest(departure.state),
            expires_at=departure.expires_at,
        )
        sealed.seal(attempt, "remembered", departure.remembered)
        attempt.save(force_insert=True)
        user = consent.connection.user_id
        audit.record(user=user, act=AuditEvent.Act.BANK_VISITED, target=attempt)
    return stands


@transaction.atomic
def _did_not_begin(consent: Consent, error: ProviderError) -> None:
    """Remember what the bank has all the same, and end what cannot be gone on with."""
    _report(consent, error)
    stands = _known_at_bank(consent, error.consent, error.interaction_ids)
    audit.record(
        user=consent.connection.user_id,
        act=AuditEvent.Act.BANK_VISITED,
        target=consent,
        result=error.reason,
    )
    if not stands or consent.status == Status.AUTHORISED:
        return
    match error.reason:
        case Reason.CONSENT_ENDED | Reason.CONSENT_UNKNOWN:
            reason, by = consents.reason_of(consent, error.consent)
            consents.end(consent, reason=reason, by=by)
        case Reason.CONSENT_TAKEN if not consent.attempts.being_finished().exists():
            # Authorised, while its tokens were lost on the way: it must not stay granted.
            technical = Consent.Reason.CONSENT_TECHNICAL_ISSUE
            consents.end(consent, reason=technical, by=Consent.RejectedBy.TPP, tell_bank=True)


def _known_at_bank(
    consent: Consent, told: BankConsent | None, interaction_ids: tuple[str, ...]
) -> bool:
    """Remember that the bank has the consent; False, and it is revoked there, if it ended here.

    `told` is None where the bank has none yet. Locks the consent.
    """
    consents.lock(consent)
    known = [*consent.interaction_ids, *interaction_ids]
    consents.write(consent, interaction_ids=known)
    is_over = consent.status == Status.ENDED or consent.revocation_requested_at is not None
    if told and is_over:
        grants.give_back(consent, told)
    elif told and consent.status == Status.CREATED and not grants.is_shared(consent, told):
        consents.move(consent, Status.AWAITING, bank_consent_id=told.id)
    return not is_over


@transaction.atomic
def _take(attempt: Attempt) -> str:
    """Use an attempt up, and return what was kept for the return."""
    consents.lock(attempt.consent)  # as who ends it does, before the attempt and the audit
    waiting = Attempt.objects.waiting().filter(pk=attempt.pk, remembered__isnull=False)
    # The secrets go with the same stroke: what is used once is not there for a second time.
    if not waiting.update(returned_at=timezone.now(), remembered=None):
        raise UnknownReturn(attempt)
    user = attempt.consent.connection.user_id
    audit.record(user=user, act=AuditEvent.Act.BANK_RETURNED, target=attempt)
    return sealed.reveal(attempt, "remembered", user=user, purpose="return")


@transaction.atomic
def _did_not_finish(attempt: Attempt, error: ProviderError) -> None:
    consent = attempt.consent
    _report(consent, error)
    told = error.consent
    # One that is over there needs no id: nothing can be gone on with, or given back.
    is_over_there = told is not None and told.status is ConsentStatus.REJECTED
    _known_at_bank(consent, None if is_over_there else told, error.interaction_ids)
    Attempt.objects.filter(pk=attempt.pk).update(outcome=error.reason)
    audit.record(
        user=consent.connection.user_id,
        act=AuditEvent.Act.BANK_RETURNED,
        target=attempt,
        result=error.reason,
    )
    # Another attempt may have ended it well, which this one does not undo.
    if consent.status != Status.AUTHORISED:
        _end_for(consent, error)


def _end_for(consent: Consent, error: ProviderError) -> None:
    match error.reason:
        case Reason.REFUSED | Reason.CONSENT_ENDED:
            is_over_there = error.consent and error.consent.status is ConsentStatus.REJECTED
            reason, by = consents.reason_of(consent, error.consent)
            if consents.end(consent, reason=reason, by=by, tell_bank=not is_over_there):
                notices.tell(consent, Notice.Kind.REFUSED)
        case Reason.NO_ANSWER | Reason.CODE_REFUSED:
            # It may have been granted, and nobody has the tokens.
            technical = Consent.Reason.CONSENT_TECHNICAL_ISSUE
            consents.end(consent, reason=technical, by=Consent.RejectedBy.TPP, tell_bank=True)


def _report(consent: Consent, error: ProviderError) -> None:
    level = logging.WARNING if error.may_try_again else logging.ERROR
    logger.log(level, "consent %s at %s: %s", consent.pk, consent.provider, error)


def _digest(state: str) -> str:
    return tokens.digest(state, key=settings.LINK_KEY)
