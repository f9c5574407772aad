"""The anti-spam rule held against what was sent, one wish of a user and a phone at a time."""

from datetime import timedelta
from typing import assert_never

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import User
from openfinance import antispam, exceptions
from openfinance.models import Bank, Flow
from openfinance.reach import Reach
from whatsapp import outbox


def of(*, user: User, reached: Reach, bank: Bank | None, is_test: bool = False) -> antispam.Wish:
    """Return what the user asks for; all forms of their number are one."""
    return antispam.Wish(
        user_id=user.pk,
        phone=antispam.one_form(user.phone),
        route=reached.route,
        bank_id=bank.pk if bank else None,
        is_test=is_test,
    )


def take_turn(wish: antispam.Wish) -> None:
    """Hold, until the transaction ends, the only turn of this user and of this phone.

    Always the user first, so that two users of one phone never wait for each other in a circle.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1)),"
            " pg_advisory_xact_lock(hashtextextended(%s, 2))",
            [str(wish.user_id), wish.phone],
        )


def granted(wish: antispam.Wish, *, besides: Flow | None = None) -> Flow | None:
    """Return the flow that already answers for the wish; None when a message may be sent.

    `besides` is a flow that does not count. Needs the turn. Raises TooManyMessages.
    """
    limits = antispam.Limits(
        debounce=timedelta(seconds=settings.FLOW_DEBOUNCE_SECONDS),
        deadline=outbox.deadline(),
        per_hour=settings.FLOW_CAP_PER_HOUR,
        per_day=settings.FLOW_CAP_PER_DAY,
    )
    now = timezone.now()
    recent = Flow.objects.sent(
        user_id=wish.user_id, phone=wish.phone, since=now - antispam.DAY, is_test=wish.is_test
    )
    others = (sent for sent in recent if besides is None or sent.flow_id != besides.pk)
    verdict = antispam.judge(wish, others, limits=limits, now=now)
    match verdict:
        case antispam.Send():
            return None
        case antispam.Repeat(flow_id):
            return Flow.objects.select_related("message").get(pk=flow_id)
        case antispam.Refuse(retry_after):
            raise exceptions.TooManyMessages(retry_after=retry_after)
    assert_never(verdict)
