"""The templates that Meta approved, or did not: which may be sent, and what we are told of them."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from whatsapp import exceptions
from whatsapp.models import MessageTemplate
from whatsapp.updates import AccountEvent, TemplateStatus

logger = logging.getLogger(__name__)

LANGUAGE = "pt_BR"
# How far our clock may be from Meta's: what Meta told a moment before a sync may still be news.
_CLOCKS = timedelta(minutes=5)

Status = MessageTemplate.Status

_STATUS_OF_EVENT = {
    "REINSTATED": Status.APPROVED,
    "DELETED": Status.MISSING,
    "PENDING_DELETION": Status.MISSING,
}
# What a send refused with one of Graph's codes tells of the template.
_STATUS_OF_CODE = {132001: Status.MISSING, 132015: Status.PAUSED, 132016: Status.DISABLED}


def require(name: str) -> MessageTemplate:
    """Return the template of this name, which may be sent; raise TemplateUnavailable."""
    row = MessageTemplate.objects.filter(name=name, language=LANGUAGE).first()
    if row and row.status == Status.APPROVED:
        return row
    error = exceptions.TemplateUnavailable(name=name, state=row.status if row else Status.MISSING)
    logger.error("%s", error)
    raise error


def unsendable(names: Iterable[str]) -> list[MessageTemplate]:
    """Return those that cannot be sent now; one that was never synced comes unsaved, as missing."""
    rows = {row.name: row for row in MessageTemplate.objects.filter(language=LANGUAGE)}
    ours = (rows.get(name) or MessageTemplate(name=name, language=LANGUAGE) for name in names)
    return [row for row in ours if row.status != Status.APPROVED]


def status_of(event: str) -> MessageTemplate.Status:
    """Return what one of Meta's states, in capitals, means to us."""
    if event in Status.values:
        return Status(event)
    return _STATUS_OF_EVENT.get(event, Status.OTHER)


def refused(name: str, *, code: int | None, details: str) -> None:
    """Remember that WhatsApp refused to send a template, until Meta or a sync says otherwise."""
    status = _STATUS_OF_CODE.get(code or 0)
    if status is None:
        return
    ours = MessageTemplate.objects.filter(name=name, language=LANGUAGE)
    ours.update(status=status, reason=details[:500])
    logger.error("template %s is %s: %s", name, status, details)


def status_told(update: TemplateStatus) -> None:
    """Keep what Meta says of one of our templates, unless we know something newer."""
    at = update.at or timezone.now()
    status = status_of(update.event)
    told = (update.event if status is Status.OTHER else "", update.reason, update.title)
    changes: dict[str, object] = {
        "status": status,
        "reason": ": ".join(filter(None, (*told, update.details)))[:500],
        "changed_at": at,
    }
    if update.category:
        changes["category"] = update.category[:20]
    rows = MessageTemplate.objects.filter(
        Q(changed_at__isnull=True) | Q(changed_at__lte=at),
        Q(synced_at__isnull=True) | Q(synced_at__lte=at + _CLOCKS),
        meta_id=update.template_id,
    )
    if rows.update(**changes) and status is not Status.APPROVED:
        logger.warning("template %s is %s: %s", update.name, update.event, changes["reason"])


def category_told(event: AccountEvent) -> None:
    """Keep the category that Meta gave to one of our templates: it may differ from what we ask."""
    category, meta_id = (event.details.get(n) for n in ("new_category", "message_template_id"))
    ours = MessageTemplate.objects.filter(meta_id=str(meta_id)).exclude(meta_id="")
    if category and ours.update(category=str(category)[:20]):
        logger.warning("Meta put template %s into the category %s", meta_id, category)
