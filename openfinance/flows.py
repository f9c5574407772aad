"""Start a connection: the one path for the API, the chat, the admin and the command line."""

import random
import time
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.trail.chain import Head
from openfinance import forms, reach, refusals, wishes
from openfinance.exceptions import FlowError
from openfinance.models import Bank, Flow, FlowToken
from whatsapp import outbox, tokens
from whatsapp.exceptions import Unavailable, WhatsAppError
from whatsapp.messages import Message, OpenFlow
from whatsapp.models import OutgoingMessage

Status = OutgoingMessage.Status

# The person may come back to the Flow as long as the window lasts that it was sent in.
_TOKEN_LASTS = timedelta(hours=24)
_FIRST_LOOK = 0.05
_LONGEST_LOOK = 0.4


def start(
    *,
    user: User,
    channel: Flow.Channel,
    bank: Bank | None = None,
    forced_by: str = "",
    is_test: bool = False,
) -> Flow:
    """Send the user the message their plan decides, and return the flow with its outcome.

    A wish that was just granted, or that may have been, sends nothing and returns its flow, waiting
    for the outcome when it is still on its way. What WhatsApp refuses for its form or the form of
    the number goes out in the other, once. `forced_by` names who overrides the anti-spam rule. With
    `is_test` all is done but the sending, apart from what is really sent.

    Raises InactiveSubscription, PhoneMissing, PhoneNotVerified, PhoneUnusable, OptedOut or
    TooManyMessages, and whatsapp.exceptions.NotConfigured, Unavailable or TemplateUnavailable;
    nothing was sent then.
    """
    reached = _reach(user)
    wish = wishes.of(user=user, reached=reached, bank=bank, is_test=is_test)
    with transaction.atomic():
        trail = wishes.take_turn(wish)
        before = None if forced_by else wishes.granted(wish)
        flow = before or Flow.objects.create(
            user=user,
            channel=channel,
            route=reached.route,
            bank=bank,
            forced_by=forced_by,
            message=_write(
                user, reached.to, forms.compose(user=user, reached=reached), is_test=is_test
            ),
        )
        if not before:
            _record(flow, trail)
    if before:
        return _await_outcome(before)
    return _deliver(flow)


def enqueue(
    *,
    user: User,
    bank: Bank | None = None,
    channel: Flow.Channel = Flow.Channel.WHATSAPP,
    to: str | None = None,
) -> Flow:
    """Do what `start` does inside the caller's transaction: a worker sends the message afterwards.

    `to` is the address that the person wrote from, when it is not their user's phone. Raises what
    `start` raises.
    """
    reached = _reach(user, to=to)
    wish = wishes.of(user=user, reached=reached, bank=bank)
    with transaction.atomic():
        trail = wishes.take_turn(wish)
        before = wishes.granted(wish)
        flow = before or Flow.objects.create(
            user=user,
            channel=channel,
            route=reached.route,
            bank=bank,
            message=_write(
                user, reached.to, forms.compose(user=user, reached=reached), is_queued=True
            ),
        )
        if not before:
            _record(flow, trail)
    return flow


def fall_back(flow: Flow, *, is_queued: bool = False) -> Flow:
    """Put what WhatsApp takes in the place of a flow's refused message, once; return the flow.

    Its new message is unsent: with `is_queued` a worker sends it, else the caller does. The flow
    comes back unchanged when its message was not refused, or nothing can take its place; and it is
    another flow that comes back when that one granted the wish meanwhile. Needs the transaction in
    which the refusal is recorded, so that nobody sees the one without the other. Raises what
    `start` raises.
    """
    refused = flow.message
    instead = refusals.learn(refused)
    if instead is None:
        return flow
    reached = _reach(flow.user, to=instead.to)
    wish = wishes.of(user=flow.user, reached=reached, bank=flow.bank)
    with transaction.atomic():
        wishes.take_turn(wish)
        other = _answered(flow, refused)
        if not (other or flow.forced_by):
            other = wishes.granted(wish, besides=flow)
        if other:
            return other
        message = forms.compose(user=flow.user, reached=reached, form=instead.form)
        flow.message = _write(flow.user, instead.to, message, is_queued=is_queued, replaces=refused)
        flow.save(update_fields=["message"])
    return flow


def _deliver(flow: Flow) -> Flow:
    """Send a flow's message and, where that is refused, once what takes its place."""
    sent = flow.message
    error = outbox.attempt(sent)
    if error is None:
        return flow
    obstacle: Exception | None = None
    with transaction.atomic():
        outbox.refused(sent, error)
        try:
            answer = fall_back(flow)
        except (FlowError, WhatsAppError) as reason:
            obstacle = reason
    if obstacle:
        raise obstacle
    if answer.pk != flow.pk:
        return _await_outcome(answer)
    return flow if flow.message == sent else _deliver(flow)


def _record(flow: Flow, trail: Head) -> None:
    details = {"channel": flow.channel, "route": flow.route, "bank": str(flow.bank_id or "")}
    if flow.forced_by:
        details["forced"] = "yes"
    if flow.message.is_test:
        details["mode"] = "test"
    audit.add(trail, user=flow.user_id, act=audit.Act.FLOW_STARTED, target=flow, **details)


def _reach(user: User, *, to: str | None = None) -> reach.Reach:
    reached = reach.of(user=user, to=to)
    outbox.require_configured()
    if reached.is_number_stopped:
        raise Unavailable
    return reached


def _write(
    user: User,
    to: str,
    message: Message,
    *,
    is_queued: bool = False,
    is_test: bool = False,
    replaces: OutgoingMessage | None = None,
) -> OutgoingMessage:
    """Write down a message with what it needs: a Flow's has a token."""
    if is_test:
        outgoing = outbox.pretend(user=user, to=to, message=message)
    else:
        write = outbox.queue if is_queued else outbox.intend
        outgoing = write(user=user, to=to, message=message, replaces=replaces)
    if isinstance(message, OpenFlow):
        FlowToken.objects.create(
            digest=tokens.digest(outbox.token(outgoing), key=settings.LINK_KEY),
            message=outgoing,
            expires_at=timezone.now() + _TOKEN_LASTS,
        )
    return outgoing


def _answered(flow: Flow, refused: OutgoingMessage) -> Flow | None:
    """Return the flow when another process already replaced the message; needs the turn."""
    others = Flow.objects.select_related("message").filter(pk=flow.pk)
    return others.exclude(message=refused).first()


def _await_outcome(flow: Flow) -> Flow:
    """Wait, with no connection held, until the process that sends this flow knows how it ended."""
    pause = _FIRST_LOOK
    while _is_on_its_way(flow.message):
        connection.close()
        time.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311
        pause = min(pause * 2, _LONGEST_LOOK)
        # Its message may be another one by now.
        flow = Flow.objects.select_related("message").get(pk=flow.pk)
    return flow


def _is_on_its_way(message: OutgoingMessage) -> bool:
    is_unsettled = message.status in (Status.QUEUED, Status.SENDING)
    return is_unsettled and timezone.now() < message.created_at + outbox.deadline()
