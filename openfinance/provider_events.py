"""What providers tell of consents by webhook: kept once, and followed by asking the bank.

A webhook may be forged, late or doubled, so nothing but the question comes of it.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from openfinance import checks
from openfinance.models import ProviderEvent
from openfinance.providers import Notice
from whatsapp import jobs

# Much longer than any provider repeats one.
_KEPT = timedelta(days=30)


def store(provider: str, notices: Iterable[Notice]) -> None:
    """Keep what a webhook is about; a worker follows it once this is committed."""
    with transaction.atomic():
        for notice in notices:
            event, is_new = ProviderEvent.objects.get_or_create(
                provider=provider,
                event_id=notice.event_id,
                defaults={"bank_consent_id": notice.consent_id},
            )
            if is_new:
                jobs.enqueue("openfinance.tasks.hear", queue=jobs.Queue.DOMAIN, event_id=event.pk)


def follow(event_id: int) -> None:
    """Ask the bank about the consent of an event, unless it is none of ours, or was followed."""
    event = ProviderEvent.objects.filter(pk=event_id, handled_at=None).first()
    if event is None:
        return
    ours = checks.may_be_asked_about().filter(provider=event.provider)
    consent = ours.filter(bank_consent_id=event.bank_consent_id).first()
    if consent:
        checks.look(consent.pk)
    ProviderEvent.objects.filter(pk=event_id).update(handled_at=timezone.now(), consent=consent)


def forget() -> int:
    """Delete what came long ago; return how many there were."""
    count, _ = ProviderEvent.objects.filter(received_at__lt=timezone.now() - _KEPT).delete()
    return count
