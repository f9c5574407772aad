"""What the bank says of a consent, asked now and then, and followed."""

import logging
from datetime import timedelta
from typing import assert_never
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from openfinance import consents, grants, notices, serving
from openfinance.models import Attempt, Consent, Notice
from openfinance.providers import BankConsent, ConsentStatus, Granted, ProviderError, Reads
from openfinance.providers import Reason as ErrorReason
from whatsapp import jobs

logger = logging.getLogger(__name__)

Status, Reason, RejectedBy = Consent.Status, Consent.Reason, Consent.RejectedBy

_MOST_AT_ONCE = 500
# After an answer that settles nothing, and after none.
_SOON = timedelta(minutes=10)
_LATER = timedelta(hours=1)


@transaction.atomic
def check() -> int:
    """Let workers ask the banks about the consents that are due; return how many there are.

    One bank is asked about one at a time, so that a slow one does not keep every worker waiting.
    """
    due = Consent.objects.to_be_checked().select_related("connection").order_by("check_due_at")
    rows = list(due.select_for_update(of=("self",), no_key=True, skip_locked=True)[:_MOST_AT_ONCE])
    for consent in rows:
        # Whoever looks says when to look again; this is for a look that never ends.
        consents.write(consent, check_due_at=timezone.now() + grants.CHECK_EVERY)
        enqueue(consent)
    return len(rows)


def enqueue(consent: Consent) -> None:
    """Let a worker look at a consent, once the caller's transaction commits."""
    jobs.enqueue(
        "openfinance.tasks.look",
        queue=jobs.Queue.DOMAIN,
        lock=f"bank:{consent.connection.bank_id}",
        consent_id=str(consent.pk),
    )


def may_be_asked_about() -> QuerySet[Consent]:
    """Return the consents that a look at any time does no harm to.

    The bank knows them, and nobody is on their way back with what it granted.
    """
    on_their_way = Attempt.objects.waiting().filter(consent=OuterRef("pk"))
    known = Consent.objects.open().exclude(bank_consent_id="")
    return known.filter(~Exists(on_their_way), revocation_requested_at=None)


def look(consent_id: UUID) -> None:
    """Find out what became of a consent at its bank; one that is down is asked later."""
    rows = Consent.objects.open().filter(revocation_requested_at=None)
    consent = rows.select_related("connection__bank").filter(pk=consent_id).first()
    if consent is None:
        return
    if consent.status == Status.CREATED:
        _give_up(consent)
        return
    try:
        told = _ask(consent)
    except ProviderError as error:
        if error.reason is ErrorReason.CONSENT_UNKNOWN:
            _end(consent, None)
        else:
            _look_later(consent, error)
    except serving.NoProvider as error:
        _look_later(consent, error)
    else:
        if told and _became_ready(consent, told):
            grants.take(consent, Granted(tokens=None, consent=told))
        else:
            _follow(consent, told)


def _became_ready(consent: Consent, told: BankConsent) -> bool:
    """Tell whether what was not ready when its person came back is so now, tokens or none."""
    is_news = consent.status == Status.AWAITING and told.status is ConsentStatus.AUTHORISED
    return is_news and not serving.named(consent.provider).gives_tokens


def _ask(consent: Consent) -> BankConsent | None:
    """Return the consent as the bank has it; None where the provider cannot tell."""
    bank = serving.reference(consent)
    with serving.calling(consent.provider) as provider:
        if not isinstance(provider, Reads):
            return None
        return provider.read(bank=bank, consent_id=consent.bank_consent_id)


@transaction.atomic
def _follow(consent: Consent, told: BankConsent | None) -> None:
    asked_about = consent.expires_at
    consents.lock(consent)
    if consent.status == Status.ENDED:
        return
    if consent.expires_at != asked_about:  # extended meanwhile: the answer may be of before
        consents.write(consent, check_due_at=timezone.now() + _SOON)
        return
    if told is None:
        _follow_nothing(consent)
        return
    match told.status:
        case ConsentStatus.REJECTED:
            _end(consent, told)
        case ConsentStatus.AUTHORISED if consent.status == Status.AUTHORISED:
            _confirm(consent, told)
        case ConsentStatus.AUTHORISED if not consent.attempts.being_finished().exists():
            # Its tokens were lost on the way: it must not stay granted.
            technical = Reason.CONSENT_TECHNICAL_ISSUE
            consents.end(consent, reason=technical, by=RejectedBy.TPP, tell_bank=True)
        case ConsentStatus.AUTHORISED | ConsentStatus.AWAITING_AUTHORISATION:
            consents.write(consent, check_due_at=timezone.now() + _SOON)
        case _:
            assert_never(told.status)


def _follow_nothing(consent: Consent) -> None:
    """Do what the clock says, since the bank says nothing."""
    if consent.status == Status.AUTHORISED:
        consents.write(consent, check_due_at=None)
    else:
        expired = Reason.CONSENT_EXPIRED
        consents.end(consent, reason=expired, by=RejectedBy.USER, tell_bank=True)


def _confirm(consent: Consent, told: BankConsent) -> None:
    now = timezone.now()
    granted = [name for name in told.permissions if name in consent.requested_permissions]
    consents.write(
        consent,
        checked_at=now,
        check_due_at=now + grants.CHECK_EVERY,
        granted_permissions=consent.granted_permissions if consent.checked_at else granted,
        expires_at=grants.earlier(consent.expires_at, told.expires_at),
    )


@transaction.atomic
def _end(consent: Consent, told: BankConsent | None) -> None:
    """End what the bank has ended; who had a connection is told, who went away has seen it."""
    consents.lock(consent)
    reason, by = consents.reason_of(consent, told)
    if told is None:
        reason, by = Reason.CONSENT_TECHNICAL_ISSUE, RejectedBy.ASPSP
    if consents.end(consent, reason=reason, by=by) and consent.authorised_at:
        notices.tell(consent, Notice.Kind.ENDED)


@transaction.atomic
def _give_up(consent: Consent) -> None:
    """End what the bank never heard of, unless somebody is on their way."""
    consents.lock(consent)
    attempts = consent.attempts
    if consent.status != Status.CREATED:
        return
    if attempts.waiting().exists() or attempts.being_finished().exists():
        consents.write(consent, check_due_at=timezone.now() + _SOON)
        return
    reason = Reason.CONSENT_EXPIRED if attempts.exists() else Reason.NEVER_SENT
    consents.end(consent, reason=reason, by=RejectedBy.USER)


@transaction.atomic
def _look_later(consent: Consent, error: Exception) -> None:
    logger.warning("consent %s is not checked: %s", consent.pk, error)
    consents.lock(consent)
    if consent.status != Status.ENDED:
        consents.write(consent, check_due_at=timezone.now() + _LATER)
