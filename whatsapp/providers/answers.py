"""What Graph answered, as the value or the error it stands for."""

import json
import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from whatsapp.providers import graph_errors
from whatsapp.providers.base import Accepted, NextStep, Outcome, SendError
from whatsapp.providers.transport import Answer

_ACCEPTED = "accepted"
_LONGEST_ID = 255
_LONGEST_DETAILS = 500
_MAX_CODE = 2**31 - 1
# In minutes: whatever a header says, somebody should look again within a day.
_LONGEST_REGAIN = 24 * 60
# Eight digits or more, however they are grouped, may be a phone; a run this long may be a token.
_PHONE = re.compile(r"\+?(?:\d[\s().-]{0,2}){7,}\d")
_TOKEN = re.compile(r"[\w-]{20,}")
_HIDDEN = "[…]"


def read(answer: Answer, *, secret: str) -> Accepted:
    """Return what was accepted, or raise SendError; `secret` never shows in its details.

    An answer that is not Graph's proves nothing, whatever its status: a 404 may come from a gateway
    that lost the real answer. So it is UNKNOWN, redirects and 4xx included.
    """
    content = _json_object(answer.body)
    error = content.get("error")
    if isinstance(error, dict) and _is_code(error.get("code")):
        raise _refusal(error, answer=answer, secret=secret)
    message = _first(content.get("messages"))
    message_id = _identifier(message.get("id"))
    if answer.status != HTTPStatus.OK or not message_id:
        raise SendError(
            outcome=Outcome.UNKNOWN,
            next_step=NextStep.RECONCILE,
            details="the answer is not one of Graph's",
            http_status=answer.status,
        )
    status = message.get("message_status")
    if status is not None and status != _ACCEPTED:
        raise _undecided(message_id, status, secret=secret)
    contact = _first(content.get("contacts"))
    return Accepted(
        message_id=message_id,
        wa_id=_identifier(contact.get("wa_id")),
        user_id=_identifier(contact.get("user_id")),
        message_status=status,
    )


def _refusal(error: dict[str, Any], *, answer: Answer, secret: str) -> SendError:
    known = graph_errors.classify(
        error["code"], http_status=answer.status, is_transient=error.get("is_transient") is True
    )
    data = error.get("error_data")
    told = (data.get("details") if isinstance(data, dict) else None) or error.get("message")
    details = f"{known.meaning}: {_safe(told, secret=secret)}" if told else known.meaning
    return SendError(
        outcome=known.outcome,
        next_step=known.next_step,
        details=details[:_LONGEST_DETAILS],
        code=error["code"],
        http_status=answer.status,
        fbtrace_id=_identifier(error.get("fbtrace_id")),
        retry_after=_regain(answer.usage),
    )


def _regain(usage: str) -> timedelta | None:
    """Return how long the longest limit in the header still lasts, which it gives in minutes."""
    minutes = [
        limit["estimated_time_to_regain_access"]
        for limits in _json_object(usage.encode()).values()
        if isinstance(limits, list)
        for limit in limits
        if isinstance(limit, dict) and _is_code(limit.get("estimated_time_to_regain_access"))
    ]
    longest = min(max(minutes, default=0), _LONGEST_REGAIN)
    return timedelta(minutes=longest) if longest else None


def _undecided(message_id: str, status: object, *, secret: str) -> SendError:
    """Say that WhatsApp holds the message and may yet send it."""
    return SendError(
        outcome=Outcome.UNKNOWN,
        next_step=NextStep.RECONCILE,
        details=f"message_status {_safe(status, secret=secret)}"[:_LONGEST_DETAILS],
        http_status=HTTPStatus.OK,
        message_id=message_id,
    )


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _first(items: object) -> dict[str, Any]:
    if isinstance(items, list) and items and isinstance(items[0], dict):
        return items[0]
    return {}


def _identifier(value: object) -> str | None:
    """Return an id that a database column can hold, else None."""
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and value.isprintable():
        return value
    return None


def _is_code(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_CODE


def _safe(told: object, *, secret: str) -> str:
    return redact(str(told).replace(secret, _HIDDEN))


def redact(text: str) -> str:
    """Hide what may be a phone or a token in words of Meta's."""
    text = _TOKEN.sub(_HIDDEN, _PHONE.sub(_HIDDEN, text))
    return "".join(character if character.isprintable() else " " for character in text)
