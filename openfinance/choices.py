"""A bank was chosen, by list, Flow, template or text: one message leads the person to its page."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import ConnectionRoute, User
from openfinance import antispam, invitations, wishes
from openfinance.models import Bank, ConnectionLink, Flow
from whatsapp import outbox, tokens
from whatsapp.models import OutgoingMessage

Status = OutgoingMessage.Status

_MAY_STILL_ARRIVE = (Status.QUEUED, Status.SENDING, Status.UNKNOWN)


def choose(
    *, user: User, bank: Bank, via: ConnectionLink.Via, to: str, flow: Flow | None
) -> ConnectionLink:
    """Send the user the link to the bank's page, once the caller's transaction commits.

    `to` is an address as `outbox.queue` takes it, and `flow` what the choice answers, if known. The
    same choice again within the debounce window, or while it is open whether the link arrived,
    returns the link there is and sends nothing, unless that one has expired. Whether the user may
    connect a bank is for the caller to know.
    """
    wish = antispam.Wish(
        user_id=user.pk,
        phone=antispam.one_form(user.phone),
        route=ConnectionRoute.FLOW,
        bank_id=bank.pk,
    )
    with transaction.atomic():
        wishes.take_turn(wish)
        now = timezone.now()
        standing = _standing(user, bank, now=now)
        if standing:
            return standing
        expires_at = now + timedelta(minutes=settings.LINK_MINUTES)
        message = outbox.queue(
            to=to,
            user=user,
            message=invitations.connection_link(bank=bank, expires_at=expires_at),
        )
        return ConnectionLink.objects.create(
            user=user,
            bank=bank,
            flow=flow,
            via=via,
            message=message,
            digest=_digest(outbox.token(message)),
            created_at=now,
            expires_at=expires_at,
        )


def find(token: str) -> ConnectionLink | None:
    """Return the link that the token opens, with its bank; None when it has expired or never was.

    Takes any text.
    """
    live = ConnectionLink.objects.live().select_related("bank")
    return live.filter(digest=_digest(token)).first()


def open(token: str) -> ConnectionLink | None:  # noqa: A001  called as choices.open
    """Do what `find` does, and remember when the person first came."""
    link = find(token)
    if link and not link.opened_at:
        now = timezone.now()
        ConnectionLink.objects.filter(pk=link.pk, opened_at__isnull=True).update(opened_at=now)
        link.opened_at = now
    return link


def _standing(user: User, bank: Bank, *, now: datetime) -> ConnectionLink | None:
    """Return the link that answers for the same choice again; needs the turn."""
    links = ConnectionLink.objects.live(at=now).filter(user=user, bank=bank)
    sent = links.exclude(message__status=Status.FAILED).select_related("message")
    last = sent.order_by("-created_at").first()
    if last is None:
        return None
    is_recent = now - last.created_at < timedelta(seconds=settings.FLOW_DEBOUNCE_SECONDS)
    return last if is_recent or last.message.status in _MAY_STILL_ARRIVE else None


def _digest(token: str) -> str:
    return tokens.digest(token, key=settings.LINK_KEY)
