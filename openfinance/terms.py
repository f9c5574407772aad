"""The end of a consent's term: warned of, and kept."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from openfinance import consents, notices
from openfinance.models import Consent, Notice

Kind = Notice.Kind

_MOST_AT_ONCE = 500

# The nearest first: after a pause of the workers only the most urgent is still worth saying.
WARNINGS: tuple[tuple[timedelta, Notice.Kind], ...] = (
    (timedelta(days=1), Kind.ENDS_IN_1),
    (timedelta(days=7), Kind.ENDS_IN_7),
    (timedelta(days=14), Kind.ENDS_IN_14),
)


def expire(*, now: datetime | None = None) -> int:
    """End what is over, with its tokens, and tell its people; return how many there were."""
    now = now or timezone.now()
    over = Consent.objects.expired(at=now).select_related("connection__bank")
    count = 0
    for consent in over.order_by("expires_at")[:_MOST_AT_ONCE]:
        with transaction.atomic():
            consents.lock(consent)
            if consent.expires_at is None or consent.expires_at > now:  # extended meanwhile
                continue
            ended = consents.end(
                consent,
                reason=Consent.Reason.CONSENT_MAX_DATE_REACHED,
                by=Consent.RejectedBy.ASPSP,
                tell_bank=True,
            )
            if ended:
                notices.tell(consent, Kind.ENDED)
        count += ended
    return count


def warn(*, now: datetime | None = None) -> int:
    """Tell people whose term ends soon, once for each distance; return how many were told."""
    now = now or timezone.now()
    after, told = now, 0
    for distance, kind in WARNINGS:
        for consent in _ending(kind, after=after, until=now + distance, distance=distance):
            with transaction.atomic():
                told += notices.tell(consent, kind)
        after = now + distance
    return told


def _ending(
    kind: Notice.Kind, *, after: datetime, until: datetime, distance: timedelta
) -> list[Consent]:
    """Return whose term ends in between, and who have not been told that of this term.

    A term that is hardly longer than the distance needs no warning so early.
    """
    told = Notice.objects.filter(consent=OuterRef("pk"), kind=kind, until=OuterRef("expires_at"))
    ending = Consent.objects.authorised().filter(
        ~Exists(told),
        expires_at__gt=after,
        expires_at__lte=until,
        expires_at__gte=F("authorised_at") + 2 * distance,
        revocation_requested_at=None,
    )
    rows = ending.select_related("connection__bank", "connection__user").order_by("expires_at")
    return list(rows[:_MOST_AT_ONCE])
