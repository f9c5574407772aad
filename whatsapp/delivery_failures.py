"""Why WhatsApp did not deliver a message, as its status tells it."""

from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus

from whatsapp import numbers, updates
from whatsapp.providers import NextStep, Outcome, SendError, answers, graph_errors
from whatsapp.providers.graph_errors import GraphError

# Meta may tell for seven days what once stopped the number; a fresh refusal will tell it again.
_STILL_TRUE = timedelta(hours=1)
_LONGEST_DETAILS = 500
_LARGEST_CODE = 2**31 - 1
_WITHOUT_REASON = GraphError(
    outcome=Outcome.PERMANENT, next_step=NextStep.GIVE_UP, meaning="no reason given"
)


def meaning(code: int | None) -> GraphError:
    """Return what a code proves that comes by status: it failed, so there is nothing to await."""
    if code is None:
        return _WITHOUT_REASON
    known = graph_errors.classify(code, http_status=HTTPStatus.OK, is_transient=False)
    if known.outcome is Outcome.UNKNOWN:
        return replace(known, outcome=Outcome.UNSENT, next_step=NextStep.GIVE_UP)
    return known


def code(status: updates.Status) -> int | None:
    """Return Graph's code, None when the status has none that a column can hold."""
    given = status.failure.code if status.failure else -1
    return given if 0 <= given <= _LARGEST_CODE else None


def details(status: updates.Status) -> str:
    """Return what the code means and what Meta adds to it, for staff; it names nobody."""
    failure, known = status.failure, meaning(code(status))
    told = answers.redact((failure.details or failure.title or "") if failure else "")
    return f"{known.meaning}: {told}"[:_LONGEST_DETAILS] if told else known.meaning


def note(status: updates.Status, *, now: datetime) -> None:
    """Stop or pause our number if that is what the failure says, unless it is an old one."""
    if now - status.at < _STILL_TRUE:
        known = meaning(code(status))
        error = SendError(
            outcome=known.outcome,
            next_step=known.next_step,
            details=details(status),
            code=code(status),
        )
        numbers.note(error)
