"""Start a connection: the one path for the API, the admin and the command line."""

import random
import time
from datetime import datetime, timedelta
from typing import assert_never

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts import phones
from accounts.models import ConnectionRoute, User
from openfinance import antispam, exceptions, invitations
from openfinance.models import Bank, Flow
from whatsapp import outbox
from whatsapp.messages import Message
from whatsapp.models import OutgoingMessage

# `Subscription.objects.active()` with its plan and the phone's opt-out, written out: on the path of
# every call, composing this in the ORM costs eight times the CPU of running it.
_ROUTE = """
    SELECT p.connection_route, EXISTS (
        SELECT 1 FROM whatsapp_contact c WHERE c.phone = %s AND c.opted_out_at IS NOT NULL)
    FROM accounts_subscription s JOIN accounts_plan p ON p.id = s.plan_id
    WHERE s.user_id = %s AND s.status IN ('trialing', 'active')
      AND s.current_period_start <= clock_timestamp()
      AND (s.current_period_end IS NULL OR s.current_period_end > clock_timestamp())"""
_FIRST_LOOK = 0.05
_LONGEST_LOOK = 0.4


def start(
    *, user: User, channel: Flow.Channel, bank: Bank | None = None, forced_by: str = ""
) -> Flow:
    """Send the user the message their plan decides, and return the flow with its outcome.

    A wish that was just granted, or that may have been, sends nothing and returns its flow, waiting
    for the outcome when it is still on its way. `forced_by` names who overrides the anti-spam rule.

    Raises InactiveSubscription, PhoneMissing, PhoneNotVerified, PhoneUnusable, OptedOut or
    TooManyMessages, and whatsapp.exceptions.NotConfigured; nothing was sent then.
    """
    route = _route(user)
    outbox.require_configured()
    wish = antispam.Wish(
        user_id=user.pk, phone=user.phone, route=route, bank_id=bank.pk if bank else None
    )
    with transaction.atomic():
        _take_turn(wish)
        flow = None if forced_by else _granted(wish, now=timezone.now())
        if flow is None:
            message = _message(user, route)
            flow = Flow.objects.create(
                user=user,
                channel=channel,
                route=route,
                bank=bank,
                forced_by=forced_by,
                message=outbox.intend(user=user, message=message),
            )
        else:
            message = None
    if message is None:
        return _await_outcome(flow)
    outbox.deliver(flow.message)
    return flow


def _route(user: User) -> ConnectionRoute:
    """Return what the user's plan sends, or raise the first reason why nothing can be sent."""
    with connection.cursor() as cursor:
        cursor.execute(_ROUTE, [user.phone, user.pk])
        found = cursor.fetchone()
    if found is None:
        raise exceptions.InactiveSubscription
    if not user.phone:
        raise exceptions.PhoneMissing
    if not user.phone_verified_at:
        raise exceptions.PhoneNotVerified
    if not phones.is_usable(user.phone):
        raise exceptions.PhoneUnusable
    route, has_opted_out = found
    if has_opted_out:
        raise exceptions.OptedOut
    return ConnectionRoute(route)


def _take_turn(wish: antispam.Wish) -> None:
    """Hold, until the transaction ends, the only turn of this user and of this phone.

    Always the user first, so that two users of one phone never wait for each other in a circle.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1)),"
            " pg_advisory_xact_lock(hashtextextended(%s, 2))",
            [str(wish.user_id), wish.phone],
        )


def _granted(wish: antispam.Wish, *, now: datetime) -> Flow | None:
    limits = antispam.Limits(
        debounce=timedelta(seconds=settings.FLOW_DEBOUNCE_SECONDS),
        deadline=outbox.deadline(),
        per_hour=settings.FLOW_CAP_PER_HOUR,
        per_day=settings.FLOW_CAP_PER_DAY,
    )
    recent = Flow.objects.sent(user_id=wish.user_id, phone=wish.phone, since=now - antispam.DAY)
    verdict = antispam.judge(wish, recent, limits=limits, now=now)
    match verdict:
        case antispam.Send():
            return None
        case antispam.Repeat(flow_id):
            return Flow.objects.select_related("message").get(pk=flow_id)
        case antispam.Refuse(retry_after):
            raise exceptions.TooManyMessages(retry_after=retry_after)
    assert_never(verdict)


def _message(user: User, route: ConnectionRoute) -> Message:
    match route:
        case ConnectionRoute.FLOW:
            return invitations.bank_list(user=user)
        case ConnectionRoute.NOTICE:
            return invitations.upgrade_notice(user=user)
    assert_never(route)


def _await_outcome(flow: Flow) -> Flow:
    """Wait, with no connection held, until the process that sends this flow knows how it ended."""
    message, pause = flow.message, _FIRST_LOOK
    until = message.created_at + outbox.deadline()
    while message.status == OutgoingMessage.Status.SENDING and timezone.now() < until:
        connection.close()
        time.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311
        pause = min(pause * 2, _LONGEST_LOOK)
        message.refresh_from_db()
    return flow
