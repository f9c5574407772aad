"""What is kept for as long as it may be, and then removed: one rule for each kind of row.

A rule never finds what is still needed: a message without an outcome, an update that waits, a link
that a consent came of, a consent that is open anywhere. Such rows go once what needs them has gone.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Count, Min, Model, QuerySet
from django.utils import timezone

from accounts.models import (
    ApiKey,
    AuditPlace,
    PhoneVerification,
    SignInLink,
    StaffSession,
    Subscription,
    SubscriptionChange,
)
from accounts.processing import Retention
from openfinance import kept_proofs
from openfinance.models import (
    Connection,
    ConnectionLink,
    Consent,
    Flow,
    FlowToken,
    KeptProof,
    ManagementLink,
    PlanNotice,
)
from whatsapp import owners, traces
from whatsapp.models import Contact, ContactFact, IncomingUpdate, OutgoingMessage, WebhookEvent

logger = logging.getLogger(__name__)

_AT_ONCE = 1000

Rows = QuerySet[Any]


def _delete(rows: Rows, _: datetime) -> None:
    rows.delete()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which rows of a model are due, by the time in `age`, and how they are removed.

    `keep` is None where each row has its own end, in `age`.
    """

    model: type[Model]
    keep: Retention | None
    age: str
    only: Callable[[Rows], Rows] = lambda rows: rows
    remove: Callable[[Rows, datetime], None] = _delete

    def before(self, at: datetime) -> datetime:
        """Return the moment until which rows are due at a moment."""
        return at - timedelta(days=(self.keep and self.keep.days) or 0)

    def due(self, at: datetime) -> Rows:
        """Return the rows that may go at a moment."""
        old = self.model._default_manager.filter(**{f"{self.age}__lt": self.before(at)})
        return self.only(old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many rows of a rule are due, and the time of the oldest, None when there are none."""

    rule: Rule
    count: int
    oldest: datetime | None


def find() -> list[Found]:
    """Return what `apply` would remove now, by rule."""
    return [_find(rule, at=timezone.now()) for rule in RULES]


def apply() -> list[Found]:
    """Remove what is due, a few rows in each transaction, and return what that was.

    What only its removal makes due goes the next time, so that `find` tells no less.
    """
    at = timezone.now()
    found = [_find(rule, at=at) for rule in RULES]
    for one in found:
        if one.count:
            _remove(one.rule, at=at)
            logger.info("retention: %s rows of %s", one.count, one.rule.model._meta.label)
    return found


def _find(rule: Rule, *, at: datetime) -> Found:
    told = rule.due(at).order_by().aggregate(count=Count("pk"), oldest=Min(rule.age))
    return Found(rule=rule, count=told["count"], oldest=told["oldest"])


def _remove(rule: Rule, *, at: datetime) -> None:
    # A cursor goes on with what it found at first.
    found = rule.due(at).order_by("pk").values_list("pk", flat=True).iterator(chunk_size=_AT_ONCE)
    while keys := list(islice(found, _AT_ONCE)):
        with transaction.atomic():
            # Asked again: what became needed meanwhile stays.
            rule.remove(rule.due(at).filter(pk__in=keys), rule.before(at))


def _settled(rows: Rows) -> Rows:
    status = OutgoingMessage.Status
    over = rows.filter(status__in=(status.ACCEPTED, status.FAILED, status.UNCONFIRMED))
    return over.filter(flow=None, link=None, management_link=None)


def _closed(rows: Rows) -> Rows:
    """Keep the consents that are over, here and at the bank, and that no later one renews."""
    over = rows.exclude(pk__in=kept_proofs.unsettled().values("pk"))
    return over.filter(renewals=None)


def _strangers(rows: Rows) -> Rows:
    """Keep the contacts that no user has verified, are silent, and left no wish to remember."""
    unknown = rows.filter(phone=None, opted_out_at=None, marketing_stopped_at=None)
    silent_since = timezone.now() - timedelta(days=Retention.CONTACTS.days or 0)
    return unknown.exclude(window_ends_at__gte=silent_since)


def _forget_strangers(rows: Rows, before: datetime) -> None:
    for contact in rows:
        known = traces.of(
            phone=f"+{contact.wa_id}" if contact.wa_id else "", user_id=contact.user_id or ""
        )
        recent = ContactFact.objects.filter(pk__in=known.facts, last_at__gte=before)
        if not recent.exists() and not owners.of(known.numbers):
            traces.forget_contacts(known)


def _delete_consents(rows: Rows, _: datetime) -> None:
    kept_proofs.delete(rows)


# What points at rows of another rule comes after it, so that both find what they found at first.
RULES: Final[tuple[Rule, ...]] = (
    Rule(model=WebhookEvent, keep=Retention.WEBHOOKS, age="split_at"),
    Rule(
        model=IncomingUpdate,
        keep=Retention.WEBHOOKS,
        age="processed_at",
        only=lambda rows: rows.filter(contact=None),
    ),
    Rule(
        model=IncomingUpdate,
        keep=Retention.MESSAGES,
        age="processed_at",
        only=lambda rows: rows.filter(contact__isnull=False),
    ),
    Rule(
        model=Contact,
        keep=Retention.CONTACTS,
        age="created_at",
        only=_strangers,
        remove=_forget_strangers,
    ),
    Rule(model=OutgoingMessage, keep=Retention.MESSAGES, age="created_at", only=_settled),
    Rule(
        model=Flow,
        keep=Retention.MESSAGES,
        age="created_at",
        only=lambda rows: rows.filter(links=None),
    ),
    # One that still holds keeps its person from being told again.
    Rule(model=PlanNotice, keep=Retention.MESSAGES, age="over_at"),
    Rule(model=PhoneVerification, keep=Retention.CODES, age="sent_at"),
    Rule(model=FlowToken, keep=Retention.LINKS, age="created_at"),
    Rule(model=SignInLink, keep=Retention.LINKS, age="created_at"),
    Rule(model=ManagementLink, keep=Retention.LINKS, age="created_at"),
    Rule(
        model=ConnectionLink,
        keep=Retention.LINKS,
        age="created_at",
        only=lambda rows: rows.filter(consents=None),
    ),
    Rule(
        model=Connection,
        keep=Retention.CONSENTS,
        age="created_at",
        only=lambda rows: rows.filter(consents=None),
    ),
    Rule(
        model=Consent,
        keep=Retention.CONSENTS,
        age="ended_at",
        only=_closed,
        remove=_delete_consents,
    ),
    Rule(model=KeptProof, keep=None, age="until"),
    Rule(model=ApiKey, keep=Retention.KEYS, age="revoked_at"),
    Rule(model=ApiKey, keep=Retention.KEYS, age="expires_at"),
    Rule(
        model=Subscription,
        keep=Retention.SUBSCRIPTIONS,
        age="canceled_at",
        only=lambda rows: rows.filter(status=Subscription.Status.CANCELED),
    ),
    Rule(model=SubscriptionChange, keep=Retention.SUBSCRIPTIONS, age="at"),
    # The event keeps a digest of it, so the chain holds without.
    Rule(model=AuditPlace, keep=Retention.PLACES, age="event__at"),
    # By its last page: one that nobody ended is over by then too.
    Rule(model=StaffSession, keep=Retention.PLACES, age="last_seen_at"),
    Rule(model=LogEntry, keep=Retention.STAFF_LOG, age="action_time"),
    Rule(model=Session, keep=None, age="expire_date"),
)
