"""What a bank granted: stored in the place of what the connection had, or given back."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from openfinance import accesses, consents, notices
from openfinance.models import Connection, ConnectionLink, Consent, Notice
from openfinance.providers import BankConsent, Granted

logger = logging.getLogger(__name__)

Status, Reason, RejectedBy = Consent.Status, Consent.Reason, Consent.RejectedBy

CHECK_EVERY = timedelta(hours=6)
# The bank did not answer about what it had just granted.
_CHECK_SOON = timedelta(minutes=5)


@transaction.atomic
def take(consent: Consent, granted: Granted) -> Consent:
    """Store what was granted, and end what it replaces; return the consent as it is then.

    What its person ended while they were away is given back instead.
    """
    # In the order of all others: whoever agrees holds the link, whoever revokes the connection.
    links = ConnectionLink.objects.filter(consents=consent)
    list(links.select_for_update(of=("self",), no_key=True))
    Connection.objects.select_for_update(no_key=True).get(pk=consent.connection_id)
    consents.lock(consent)
    known = [*consent.interaction_ids, *granted.interaction_ids]
    consents.write(consent, interaction_ids=known)
    if consent.revocation_requested_at or consent.status == Status.ENDED:
        give_back(consent, granted.consent)
    elif _is_of_another(consent, granted.consent):
        logger.error("consent %s got the bank's id of another connection", consent.pk)
        consents.end(consent, reason=Reason.CONSENT_TECHNICAL_ISSUE, by=RejectedBy.TPP)
    else:
        _store(consent, granted)
        links.update(used_at=timezone.now())
        notices.tell(consent, Notice.Kind.CONNECTED)
    return consent


def give_back(consent: Consent, told: BankConsent) -> None:
    """Let a worker end at the bank what it has of a consent that ended here; needs its lock.

    What another consent stands on there is left to that one.
    """
    if not is_shared(consent, told):
        consents.write(consent, bank_consent_id=told.id)
        consents.request_revocation(consent)


def is_shared(consent: Consent, told: BankConsent) -> bool:
    """Tell whether another consent, which has not ended, has this id: a renewal may keep it."""
    return _same(consent, told).exclude(pk=consent.pk).exists()


def earlier(agreed: datetime | None, told: datetime | None) -> datetime | None:
    """Return the end that comes first; None, which stands for no end, comes last."""
    return min((end for end in (agreed, told) if end), default=None)


def _store(consent: Consent, granted: Granted) -> None:
    told, now = granted.consent, timezone.now()
    if consent.status != Status.AUTHORISED:  # else it came back from two trips
        _replace(consent, told)
        consents.move(
            consent,
            Status.AUTHORISED,
            bank_consent_id=told.id,
            granted_permissions=[
                name for name in told.permissions if name in consent.requested_permissions
            ],
            # The bank may give less than was agreed to, but nothing more is ours.
            expires_at=earlier(consent.expires_at, told.expires_at),
            authorised_at=now,
            checked_at=now if granted.is_confirmed else None,
            check_due_at=now + (CHECK_EVERY if granted.is_confirmed else _CHECK_SOON),
        )
    if granted.tokens:
        accesses.store(consent, granted.tokens)


def _replace(consent: Consent, told: BankConsent) -> None:
    """End what the connection had, at the bank too unless that goes on under the same id."""
    before = Consent.objects.authorised().filter(connection=consent.connection_id).first()
    if before:
        consents.end(
            before,
            reason=Reason.REPLACED,
            by=RejectedBy.TPP,
            tell_bank=before.provider != consent.provider or before.bank_consent_id != told.id,
        )


def _is_of_another(consent: Consent, told: BankConsent) -> bool:
    return _same(consent, told).exclude(connection=consent.connection_id).exists()


def _same(consent: Consent, told: BankConsent) -> QuerySet[Consent]:
    return Consent.objects.open().filter(provider=consent.provider, bank_consent_id=told.id)
