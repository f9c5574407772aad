"""A Flow that a program plays: what each tap leads to, as JSON."""

from collections.abc import Mapping
from typing import Any

from whatsapp.simulator import inbound
from whatsapp.simulator.flow_player import sessions, sheets
from whatsapp.simulator.flow_player.parts import Part
from whatsapp.simulator.models import FlowSession, SimulatedMessage

Json = dict[str, Any]


def open_flow(message: SimulatedMessage) -> Json:
    """Open a message's Flow. Raises Unplayable."""
    return _shown(message, sessions.start(message=message))


def press(message: SimulatedMessage, *, number: int, values: Mapping[str, Any]) -> Json:
    """Tap a part of the screen, with these values in its form. Raises NoSuchPart and Overtaken."""
    posted = {
        str(name): list(map(str, value)) if isinstance(value, list) else [str(value)]
        for name, value in values.items()
    }
    session = sessions.press(session=_session(message), number=number, posted=posted)
    return _shown(message, session)


def back(message: SimulatedMessage) -> Json:
    """Go back to the screen before. Raises Overtaken."""
    return _shown(message, sessions.back(session=_session(message)))


def retry(message: SimulatedMessage) -> Json:
    """Ask again what got no answer. Raises Overtaken."""
    return _shown(message, sessions.retry(session=_session(message)))


def _session(message: SimulatedMessage) -> FlowSession:
    """Return the Flow that is open; raise NotOnMessage when none is."""
    found = FlowSession.objects.select_related("flow", "message__phone")
    session = found.filter(message=message, ended_at=None).first()
    if session is None:
        raise inbound.NotOnMessage
    return session


def _shown(message: SimulatedMessage, session: FlowSession | None) -> Json:
    """Return what the phone shows; once the Flow is finished, the message that says so."""
    if session is None:
        answers = SimulatedMessage.objects.filter(phone=message.phone, is_from_person=True)
        finished = answers.filter(payload__context__id=message.wamid).latest("pk")
        return {"is_finished": True, "wamid": finished.wamid}
    sheet = sheets.show(session)
    top = session.path[-1] if session.path else None
    parts = [*sheet.parts, *([sheet.footer] if sheet.footer else [])]
    return {
        "is_finished": False,
        "has_ended": session.ended_at is not None,
        "is_unanswered": session.unanswered is not None,
        "screen": top["screen"] if top else None,
        "title": sheet.title,
        "data": top["data"] if top else {},
        "form": top["form"] if top else {},
        "snackbar": session.snackbar,
        "missing": session.missing,
        "parts": [_part(part) for part in parts],
    }


def _part(part: Part) -> Json:
    return {
        "number": part.number,
        "type": part.type,
        "does_something": part.action is not None,
        "value": part.value,
        **part.shows,
    }
