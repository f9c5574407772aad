"""Our business number, and what keeps it from sending: Meta's limits for minutes, or staff's turn.

A number that WhatsApp refuses as a whole is stopped: trying on would not help, and may make a
restriction longer. Only staff, or Meta's own word, lets it send again.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from whatsapp import exceptions
from whatsapp.models import BusinessNumber
from whatsapp.providers import NextStep, SendError

logger = logging.getLogger(__name__)

# Meta asks for one to five minutes after an account's call limit.
_SHORTEST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=5)
# How soon a queued message looks again whether staff let the number send.
_LOOK_AGAIN = timedelta(minutes=1)


def current() -> BusinessNumber:
    """Return the row of the number in settings, made when there is none."""
    number, _ = BusinessNumber.objects.get_or_create(
        phone_number_id=settings.WHATSAPP["OPTIONS"]["phone_number_id"]
    )
    return number


def held() -> BusinessNumber | None:
    """Return our number when staff must act before all leaves it; None when nothing keeps it."""
    needs_staff = Q(stopped_at__isnull=False) | Q(templates_stopped_at__isnull=False)
    return _ours().filter(needs_staff).first()


def stopped() -> BusinessNumber | None:
    """Return our number when it is stopped, with its reason; None when it may send."""
    return _ours().filter(stopped_at__isnull=False).first()


def require_sending() -> None:
    """Raise Unavailable when our number is stopped."""
    if stopped():
        raise exceptions.Unavailable


def wait(*, is_template: bool) -> timedelta:
    """Return how long a queued message must wait for our number; zero when it may leave."""
    number = _ours().first()
    if number is None:
        return timedelta()
    if number.stopped_at or (is_template and number.templates_stopped_at):
        return _LOOK_AGAIN
    if number.paused_until is None:
        return timedelta()
    return max(number.paused_until - timezone.now(), timedelta())


def note(error: SendError, *, attempts: int = 1) -> None:
    """Remember what a refusal says of the number: that it is stopped, or must pause.

    `attempts` of the refused message make the pause longer, unless Meta says how long it lasts.
    """
    match error.next_step:
        case NextStep.STOP_NUMBER | NextStep.REGISTER_NUMBER:
            stop(reason=error.details, code=error.code)
        case NextStep.STOP_TEMPLATES:
            stop_templates(reason=error.details, code=error.code)
        case NextStep.PAUSE_QUEUE:
            pause(error.retry_after or min(_SHORTEST_PAUSE * max(attempts, 1), _LONGEST_PAUSE))


def stop(*, reason: str, code: int | None = None) -> None:
    """Let nothing leave our number until staff act; alert them, once, in the log.

    `code` is Graph's, None for what Meta told by webhook.
    """
    running = _ours().filter(pk=current().pk, stopped_at__isnull=True)
    if running.update(stopped_at=timezone.now(), error_code=code, reason=reason[:500]):
        logger.error("the WhatsApp number is stopped: code %s, %s", code, reason)


def stop_templates(*, reason: str, code: int | None = None) -> None:
    """Let no template leave our number until staff act; answers to people still do."""
    running = _ours().filter(pk=current().pk, templates_stopped_at__isnull=True)
    if running.update(templates_stopped_at=timezone.now(), error_code=code, reason=reason[:500]):
        logger.error("the WhatsApp number sends no templates: code %s, %s", code, reason)


def pause(duration: timedelta) -> None:
    """Let queued messages wait; a pause that ends later already stays."""
    until = timezone.now() + duration
    # PostgreSQL's GREATEST ignores NULL.
    _ours().filter(pk=current().pk).update(paused_until=Greatest(F("paused_until"), until))
    logger.warning("the WhatsApp number pauses for %d s", duration.total_seconds())


def is_news(at: datetime) -> bool:
    """Remember when Meta said something of our account; False if we know something newer."""
    older = Q(account_told_at__isnull=True) | Q(account_told_at__lte=at)
    return bool(_ours().filter(older, pk=current().pk).update(account_told_at=at))


def resume(number: BusinessNumber | None = None) -> bool:
    """Let everything leave a number again, ours unless another is given; False if it could already.

    What waits in the queue follows within a minute.
    """
    rows = _ours() if number is None else BusinessNumber.objects.filter(pk=number.pk)
    held = rows.exclude(stopped_at=None, templates_stopped_at=None, paused_until=None)
    changed = held.update(
        stopped_at=None, templates_stopped_at=None, paused_until=None, error_code=None, reason=""
    )
    if changed:
        logger.warning("the WhatsApp number sends again")
    return bool(changed)


def _ours() -> QuerySet[BusinessNumber]:
    return BusinessNumber.objects.filter(
        phone_number_id=settings.WHATSAPP["OPTIONS"]["phone_number_id"]
    )
