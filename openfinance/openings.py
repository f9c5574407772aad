"""A link is opened: it belongs to the first browser that a person opens it in, and to no other."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from openfinance.models import ConnectionLink, ManagementLink
from openfinance.models.links import Link, LinkQuerySet
from whatsapp import owners, tokens

_L = TypeVar("_L", ConnectionLink, ManagementLink)

# From the opening on: as long as a bank waits for a person, and for a look at a list.
_LASTS: dict[type[Link], timedelta] = {
    ConnectionLink: timedelta(minutes=60),
    ManagementLink: timedelta(minutes=15),
}
LONGEST = max(_LASTS.values())


class Obstacle(StrEnum):
    """Why a link does not open here."""

    OVER = "over"  # or it never was
    USED = "used"
    ELSEWHERE = "elsewhere"


def find_connection(token: str) -> ConnectionLink | None:
    """Return the link with its bank, however old; None when it never was. Takes any text."""
    return _found(ConnectionLink.objects.select_related("bank"), token)


def find_management(token: str) -> ManagementLink | None:
    """Return the link, however old; None when it never was. Takes any text."""
    return _found(ManagementLink.objects.all(), token)


def obstacle(link: ConnectionLink | ManagementLink | None, *, device: str) -> Obstacle | None:
    """Return why the link does not open in the browser with this secret; None when it does.

    One that nobody opened yet is open to all. It is over once the number that it was sent to is no
    longer its user's, or they are deactivated.
    """
    if link is None:
        return Obstacle.OVER
    is_elsewhere = link.bound_digest and not secrets.compare_digest(
        link.bound_digest, digest(device)
    )
    # Whoever holds an old link learns no more than that it is over.
    if _ends_at(link) <= timezone.now() or not _is_theirs(link):
        return Obstacle.OVER
    if is_elsewhere:
        return Obstacle.ELSEWHERE
    return Obstacle.USED if link.used_at else None


def bind(link: ConnectionLink | ManagementLink) -> str | None:
    """Bind the link to a browser: return the secret for it to keep, None when another was first."""
    device, now = secrets.token_urlsafe(24), timezone.now()
    fresh = type(link)._default_manager.filter(
        pk=link.pk, bound_digest="", used_at=None, expires_at__gt=now
    )
    with transaction.atomic():
        if not fresh.update(bound_digest=digest(device), opened_at=now):
            return None
        audit.record(user=link.user_id, act=audit.Act.LINK_OPENED, target=link)
    link.bound_digest, link.opened_at = digest(device), now
    return device


def note(link: Link) -> None:
    """Remember when a person first came, of a link that leads nowhere yet."""
    if not link.opened_at:
        now = timezone.now()
        type(link)._default_manager.filter(pk=link.pk, opened_at=None).update(opened_at=now)
        link.opened_at = now


def digest(text: str) -> str:
    """Return what is stored of a link's token, and of a browser's secret."""
    return tokens.digest(text, key=settings.LINK_KEY)


def _found(links: LinkQuerySet[_L], token: str) -> _L | None:
    with_whose = links.select_related("user", "message").defer("message__payload")
    return with_whose.filter(digest=digest(token)).first()


def _is_theirs(link: ConnectionLink | ManagementLink) -> bool:
    return link.user.is_active and owners.reaches(link.user, address=link.message.phone)


def _ends_at(link: Link) -> datetime:
    if link.bound_digest and link.opened_at:
        return link.opened_at + _LASTS[type(link)]
    return link.expires_at
