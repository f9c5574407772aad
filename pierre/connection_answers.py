"""The body of get-open-finance-connections: its words are a promise, whatever ours become."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, assert_never

from openfinance import consents
from openfinance.models import Consent, Flow
from openfinance.reports import Report
from whatsapp.models import Delivery, OutgoingMessage

Shown = Consent.Shown
Status = OutgoingMessage.Status


class State(StrEnum):
    """How a connection is."""

    AWAITING = "awaiting"  # the person has yet to confirm it at the bank
    ACTIVE = "active"
    ENDING = "ending"  # it gives no access any more, and the bank is yet to confirm that
    EXPIRED = "expired"
    ENDED = "ended"


class DeliveryState(StrEnum):
    """What became of a flow's message, as far as WhatsApp told."""

    PENDING = "pending"  # on its way to WhatsApp
    ACCEPTED = "accepted"  # WhatsApp has it
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"  # it may have arrived


def body(report: Report) -> dict[str, Any]:
    """Return the answer: nothing in it identifies a person, or a consent at its bank."""
    return {
        "connections": [
            _connection(consent, report.led_by.get(consent.connection.bank_id))
            for consent in report.connections
        ],
        "last_flow": _flow(report.last_flow),
    }


def _connection(consent: Consent, flow: Flow | None) -> dict[str, Any]:
    bank = consent.connection.bank
    return {
        "id": str(consent.connection_id),
        "bank": {"slug": bank.slug, "name": bank.name},
        "state": _state(consent),
        "since": _time(consent.authorised_at),
        "until": _time(_until(consent)),
        "last_flow": _flow(flow),
    }


def _state(consent: Consent) -> State:
    shown = consents.shown(consent)
    match shown:
        case Shown.AWAITING:
            return State.AWAITING
        case Shown.ACTIVE:
            return State.ACTIVE
        case Shown.ENDING:
            return State.ENDING
        case Shown.EXPIRED:
            return State.EXPIRED
        case Shown.ENDED | Shown.RENEWED | Shown.NOT_DONE:
            return State.ENDED
    assert_never(shown)


def _until(consent: Consent) -> datetime | None:
    """Return when the access ended or will end; None for a term without an end."""
    ends = (consent.revocation_requested_at, consent.ended_at, consent.expires_at)
    return min((end for end in ends if end), default=None)


def _flow(flow: Flow | None) -> dict[str, str] | None:
    if flow is None:
        return None
    at = _time(flow.created_at)
    return {"id": str(flow.pk), "at": at or "", "delivery": _delivery(flow.message)}


def _delivery(message: OutgoingMessage) -> DeliveryState:
    if message.delivery:
        return _told(Delivery(message.delivery))
    status = Status(message.status)
    match status:
        case Status.QUEUED | Status.SENDING:
            return DeliveryState.PENDING
        case Status.ACCEPTED:
            return DeliveryState.ACCEPTED
        case Status.FAILED:
            return DeliveryState.FAILED
        case Status.UNKNOWN | Status.UNCONFIRMED:
            return DeliveryState.UNKNOWN
    assert_never(status)


def _told(delivery: Delivery) -> DeliveryState:
    match delivery:
        case Delivery.SENT:
            return DeliveryState.SENT
        case Delivery.DELIVERED:
            return DeliveryState.DELIVERED
        case Delivery.READ:
            return DeliveryState.READ
        case Delivery.FAILED:
            return DeliveryState.FAILED
    assert_never(delivery)


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
