"""How a user may be reached now, by their plan, their wishes and WhatsApp's rules."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from accounts import phones
from accounts.models import ConnectionRoute, User
from openfinance import exceptions
from whatsapp import updates

# `Subscription.objects.active()` with its plan, what the person's contacts say (one, unless two
# forms of their number are not yet known to be one), and whether our number may send, written out:
# on the path of every call, composing this in the ORM costs eight times the CPU of running it.
_REACH = """
    SELECT s.connection_route, c.took_number_at, c.has_opted_out, c.is_in_window,
        c.has_stopped_marketing, n.stopped_at IS NOT NULL, n.templates_stopped_at IS NOT NULL
    FROM (
        SELECT bool_or(opted_out_at IS NOT NULL) AS has_opted_out,
            bool_or(window_ends_at > clock_timestamp()) AS is_in_window,
            bool_or(marketing_stopped_at IS NOT NULL) AS has_stopped_marketing,
            max(took_number_at) AS took_number_at
        FROM whatsapp_contact
        WHERE phone = ANY(%s) OR wa_id = ANY(%s) OR user_id = %s) c
    LEFT JOIN whatsapp_businessnumber n ON n.phone_number_id = %s
    LEFT JOIN (
        SELECT p.connection_route
        FROM accounts_subscription s JOIN accounts_plan p ON p.id = s.plan_id
        WHERE s.user_id = %s AND s.status IN ('trialing', 'active')
          AND s.current_period_start <= clock_timestamp()
          AND (s.current_period_end IS NULL OR s.current_period_end > clock_timestamp())) s
    ON true"""


_Fact = bool | None  # NULL without a contact
_Found = tuple[str | None, datetime | None, _Fact, _Fact, _Fact, bool, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """To which address messages to a user go, and what WhatsApp lets them be now."""

    to: str
    is_in_window: bool
    has_stopped_marketing: bool
    is_number_stopped: bool
    are_templates_stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach(Way):
    """The way to a user, and what their plan sends."""

    route: ConnectionRoute


def of(*, user: User, to: str | None = None) -> Reach:
    """Return how the user is reached, at `to` (an address as `outbox.queue` takes it) if given.

    Raises the first reason why they are not: InactiveSubscription, PhoneMissing, PhoneNotVerified,
    PhoneUnusable or OptedOut.
    """
    to = to or user.phone
    route, *facts = _found(user, to)
    if route is None:
        raise exceptions.InactiveSubscription
    return Reach(route=ConnectionRoute(route), **_way(user, to, facts))


def whatever_their_plan(*, user: User) -> Way:
    """Return how the user is told of what is theirs already, which needs no subscription.

    Raises what `of` raises, but InactiveSubscription; AccountClosed for who has left.
    """
    if not user.is_active:
        raise exceptions.AccountClosed
    _, *facts = _found(user, user.phone)
    return Way(**_way(user, user.phone, facts))


def _way(user: User, to: str, facts: list[Any]) -> dict[str, Any]:
    if not user.phone:
        raise exceptions.PhoneMissing
    took_number_at, has_opted_out, is_in_window, has_stopped_marketing, *stopped = facts
    # A number that passed to another person is theirs until the user verifies it again.
    if not user.phone_verified_at or (took_number_at and took_number_at > user.phone_verified_at):
        raise exceptions.PhoneNotVerified
    if not phones.is_usable(user.phone):
        raise exceptions.PhoneUnusable
    if has_opted_out:
        raise exceptions.OptedOut
    is_number_stopped, are_templates_stopped = stopped
    return {
        "to": to,
        "is_in_window": bool(is_in_window),
        "has_stopped_marketing": bool(has_stopped_marketing),
        "is_number_stopped": is_number_stopped,
        "are_templates_stopped": are_templates_stopped,
    }


def _found(user: User, to: str) -> _Found:
    wa_ids = list(updates.variants(user.phone.removeprefix("+")))
    numbers = [user.phone]
    if to.startswith("+") and to != user.phone:
        wa_ids += updates.variants(to.removeprefix("+"))
        numbers.append(to)
    number_id = settings.WHATSAPP["OPTIONS"]["phone_number_id"]
    with connection.cursor() as cursor:
        cursor.execute(_REACH, [numbers, wa_ids, to, number_id, user.pk])
        found: _Found = cursor.fetchone()
    return found
