"""The life of a consent at the bank (Consents API 3.3.1): one that is over ends when it is read."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import sealed
from openfinance.sandbox_bank.models import Consent, Extension, Token

# How long one awaits its customer's yes.
AWAITS = timedelta(minutes=60)

Status, Code, RejectedBy = Consent.Status, Consent.Code, Consent.RejectedBy


def find(*, brand: str, urn: str) -> Consent | None:
    """Return a brand's consent as it is now, None when it has none of this id."""
    beginning, _, name = urn.rpartition(":")
    try:
        pk = UUID(hex=name)
    except ValueError:
        return None
    found = Consent.objects.filter(brand=brand, pk=pk).first()
    return settled(found) if found and beginning == f"urn:{brand}" else None


def settled(consent: Consent) -> Consent:
    """Return the consent after ending it if its time is over."""
    now = timezone.now()
    if consent.status == Status.AWAITING and consent.created_at + AWAITS <= now:
        reject(consent, by=RejectedBy.USER, code=Code.EXPIRED)
    elif consent.status == Status.AUTHORISED and consent.expires_at and consent.expires_at <= now:
        reject(consent, by=RejectedBy.ASPSP, code=Code.OVER)
    return consent


def authorise(consent: Consent) -> bool:
    """Take the customer's yes; False when it is too late for it."""
    return settled(consent).status == Status.AWAITING and _move(consent, Status.AUTHORISED)


@transaction.atomic
def reject(consent: Consent, *, by: Consent.RejectedBy, code: Consent.Code, note: str = "") -> bool:
    """End a consent for good, with its tokens; False when it is not any more as it was read."""
    if consent.status == Status.REJECTED:
        return False
    moved = _move(consent, Status.REJECTED, rejected_by=by, code=code, note=note)
    if moved:
        Token.objects.filter(consent=consent).delete()
    return moved


def end_for_customer(consent: Consent) -> bool:
    """End a consent because its customer wants it, whoever passes that on; see `reject`."""
    was_given = consent.status == Status.AUTHORISED
    return reject(consent, by=RejectedBy.USER, code=Code.REVOKED if was_given else Code.REFUSED)


@transaction.atomic
def extend(
    consent: Consent, *, expires_at: datetime | None, cpf: str, address: str, user_agent: str
) -> bool:
    """Give an authorised consent another term, None for one without an end; see `reject`."""
    extension = Extension(
        consent=consent,
        expires_at=expires_at,
        previous_expires_at=consent.expires_at,
        address=address,
        user_agent=user_agent,
    )
    sealed.seal(extension, "cpf", cpf)
    if not _move(consent, Status.AUTHORISED, expires_at=expires_at):
        return False
    extension.save(force_insert=True)
    return True


def _move(consent: Consent, status: Consent.Status, **facts: object) -> bool:
    """Change what is still as it was read; else read it again and return False."""
    facts |= {"status": status, "changed_at": timezone.now()}
    as_read = Consent.objects.filter(
        pk=consent.pk, status=consent.status, expires_at=consent.expires_at
    )
    moved = bool(as_read.update(**facts))
    consent.refresh_from_db()
    return moved
