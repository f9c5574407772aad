"""The end of a connection that its person wants: here at once, then at the bank."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import audit
from accounts.models import AuditEvent
from openfinance import consents, notices, serving
from openfinance.models import Connection, Consent, Notice
from whatsapp import jobs

_REVOKE = "openfinance.tasks.revoke"
_LATE = timedelta(minutes=5)
_MOST_AT_ONCE = 500


def revoke(*, connection: Connection, agreed_until: datetime | None = None) -> list[Consent]:
    """End a connection because its person says so: tokens at once, then at the bank by a worker.

    Returns the consents that end by it; none when there is nothing to end any more. Until the bank
    has answered they keep their state, and give no access. `agreed_until` spares what they agreed
    to later, None nothing.
    """
    with transaction.atomic():
        Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        standing = Consent.objects.open().filter(
            connection=connection, revocation_requested_at=None
        )
        if agreed_until:
            standing = standing.filter(agreed_at__lte=agreed_until)
        rows = standing.select_related("connection__bank").order_by("pk")
        ending = list(rows.select_for_update(of=("self",), no_key=True))
        for consent in ending:
            consents.erase_tokens(consent)
            audit.record(
                user=connection.user_id, act=AuditEvent.Act.REVOCATION_REQUESTED, target=consent
            )
            consents.request_revocation(consent)
            if not consent.bank_consent_id:  # the bank has nothing to answer
                _end(consent)
    return ending


def tell_bank(consent_id: UUID) -> None:
    """End a consent at its bank, which may have heard of it before.

    Raises ProviderError and NoProvider, and then it is to be told again.
    """
    told = Consent.objects.to_be_revoked().select_related("connection__bank")
    consent = told.filter(pk=consent_id).first()
    if consent is None:
        return
    bank, bank_consent_id = serving.reference(consent), consent.bank_consent_id
    with serving.calling(consent.provider) as provider:
        provider.revoke(bank=bank, consent_id=bank_consent_id)
    with transaction.atomic():
        consents.lock(consent)
        if consent.bank_consent_id == bank_consent_id:  # else another job has the newer one
            consents.write(consent, revoked_at_bank_at=timezone.now())
            _end(consent)


def remind_banks() -> int:
    """Enqueue again what a bank has not confirmed and no job will tell it; return how many."""
    own = ProcrastinateJob.objects.annotate(consent_id=KeyTextTransform("consent_id", "args"))
    jobs_left = own.filter(
        task_name=_REVOKE,
        status__in=("todo", "doing"),
        consent_id=Cast(OuterRef("pk"), TextField()),
    )
    late = Consent.objects.to_be_revoked().filter(
        ~Exists(jobs_left), revocation_requested_at__lte=timezone.now() - _LATE
    )
    ids = list(late.values_list("pk", flat=True)[:_MOST_AT_ONCE])
    for pk in ids:
        jobs.enqueue(_REVOKE, queue=jobs.Queue.DOMAIN, consent_id=str(pk))
    return len(ids)


def _end(consent: Consent) -> None:
    """End here what the bank has ended, and tell its person what it was; needs a transaction."""
    ended = consents.end(
        consent,
        reason=Consent.Reason.CUSTOMER_MANUALLY_REVOKED,
        by=Consent.RejectedBy.USER,
    )
    if ended and consent.authorised_at:
        notices.tell(consent, Notice.Kind.ENDED)
