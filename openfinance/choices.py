"""What people choose: a bank, or to see their connections. One message leads to its page."""

from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import ConnectionRoute, User
from openfinance import antispam, invitations, openings, wishes
from openfinance.models import Bank, ConnectionLink, Flow, ManagementLink
from openfinance.models.links import LinkQuerySet
from whatsapp import outbox
from whatsapp.models import OutgoingMessage

_L = TypeVar("_L", ConnectionLink, ManagementLink)

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
            digest=openings.digest(outbox.token(message)),
            created_at=now,
            expires_at=expires_at,
        )


def manage(*, user: User, to: str) -> ManagementLink:
    """Send the user the link to the page of their connections, as `choose` sends a bank's."""
    wish = antispam.Wish(
        user_id=user.pk,
        phone=antispam.one_form(user.phone),
        route=ConnectionRoute.FLOW,
        bank_id=None,
    )
    with transaction.atomic():
        wishes.take_turn(wish)
        now = timezone.now()
        links = ManagementLink.objects.live(at=now).filter(user=user, used_at=None)
        standing = _last_standing(links, now=now)
        if standing:
            return standing
        expires_at = now + timedelta(minutes=settings.LINK_MINUTES)
        message = outbox.queue(
            to=to, user=user, message=invitations.management_link(expires_at=expires_at)
        )
        return ManagementLink.objects.create(
            user=user,
            message=message,
            digest=openings.digest(outbox.token(message)),
            created_at=now,
            expires_at=expires_at,
        )


def _standing(user: User, bank: Bank, *, now: datetime) -> ConnectionLink | None:
    """Return the link that answers for the same choice again; needs the turn."""
    return _last_standing(
        ConnectionLink.objects.live(at=now).filter(user=user, bank=bank, used_at=None), now=now
    )


def _last_standing(links: LinkQuerySet[_L], *, now: datetime) -> _L | None:
    sent = links.exclude(message__status=Status.FAILED).select_related("message")
    last = sent.order_by("-created_at").first()
    if last is None:
        return None
    is_recent = now - last.created_at < timedelta(seconds=settings.FLOW_DEBOUNCE_SECONDS)
    return last if is_recent or last.message.status in _MAY_STILL_ARRIVE else None
