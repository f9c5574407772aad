"""What a person does in a Flow that is open on their phone."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils import timezone

from whatsapp.simulator import inbound
from whatsapp.simulator.flow_player import openings, parts
from whatsapp.simulator.flow_player import path as paths
from whatsapp.simulator.flow_player.endpoint import Line
from whatsapp.simulator.flow_player.exceptions import (
    FlowError,
    InvalidAnswer,
    NoAnswer,
    NoSuchPart,
    Overtaken,
    TokenEnded,
)
from whatsapp.simulator.flow_player.flow_json import Json
from whatsapp.simulator.flow_player.openings import Opening
from whatsapp.simulator.models import EncryptionKey, FlowSession, SimulatedMessage
from whatsapp.simulator.models.sessions import new_turn

logger = logging.getLogger(__name__)

# What an endpoint answers when the Flow ends with it, rather than on the phone.
_SUCCESS = "SUCCESS"
_KEPT = ("public_key", "path", "snackbar", "missing", "unanswered", "ended_at")

Posted = Mapping[str, Sequence[str]]


def start(*, message: SimulatedMessage) -> FlowSession:
    """Open a message's Flow at its first screen, as often as the person likes.

    After the endpoint said that the token ended, it stays ended. Raises Unplayable.
    """
    ended = FlowSession.objects.filter(message=message, ended_at__isnull=False).first()
    if ended:
        return ended
    opening = openings.read(message)
    session = _opened(message, opening)
    return session if session.path else _asked_first(session)


def press(*, session: FlowSession, number: int, posted: Posted) -> FlowSession | None:
    """Tap the part with that number, with the form as it stands. None when that ends the Flow.

    A Footer whose screen has required parts left empty only marks them. Raises NoSuchPart, and
    Overtaken when somebody tapped after the session was read.
    """
    shown = list(parts.show(session.screen, session.scope)) if session.path else []
    part = next((part for part in shown if part.number == number), None)
    if part is None or part.action is None:
        raise NoSuchPart(number)
    _take_turn(session)
    session.top["form"] = form = parts.values(shown, posted)
    session.snackbar, session.unanswered = "", None
    session.missing = parts.missing(shown, form) if part.type == "Footer" else []
    return _after(session, None if session.missing else _act(session, part.action))


def back(*, session: FlowSession) -> FlowSession | None:
    """Go back to the screen before, asking the endpoint for it where the screen says so.

    On the first screen nothing happens. None when the endpoint ends the Flow. Raises Overtaken.
    """
    if not session.has_way_back:
        return session
    _take_turn(session)
    session.snackbar, session.missing, session.unanswered = "", [], None
    if session.screen.get("refresh_on_back"):
        return _after(session, _ask(session, action="BACK", screen=session.top["screen"], data={}))
    session.path = session.path[:-1]
    return _after(session, None)


def retry(*, session: FlowSession) -> FlowSession | None:
    """Ask again what got no answer. None when the answer ends the Flow. Raises Overtaken."""
    if not session.unanswered:
        return session
    _take_turn(session)
    return _after(session, _ask(session, **session.unanswered))


def _opened(message: SimulatedMessage, opening: Opening) -> FlowSession:
    session, _ = FlowSession.objects.update_or_create(
        message=message,
        defaults={
            "flow": opening.flow,
            "token": opening.token,
            "public_key": _current_key(),
            "turn": new_turn(),
            "path": opening.path,
            "snackbar": "",
            "missing": [],
            "unanswered": None,
        },
    )
    return session


def _asked_first(session: FlowSession) -> FlowSession:
    """Let the endpoint say which screen is first; it does not end a Flow before that."""
    _ask(session, action="INIT", screen="", data={})
    _keep(session)
    return session


def _current_key() -> str:
    """Return the business's public key, "" while it has none."""
    key = EncryptionKey.objects.first()
    return key.public_key if key else ""


def _take_turn(session: FlowSession) -> None:
    """Make this the one tap that follows what the session shows; raise Overtaken for another."""
    before, session.turn = session.turn, new_turn()
    waiting = FlowSession.objects.filter(pk=session.pk, turn=before, ended_at__isnull=True)
    if not waiting.update(turn=session.turn):
        raise Overtaken


def _keep(session: FlowSession) -> bool:
    """Store the session unless somebody tapped, or closed it, after this turn; say whether."""
    ours = FlowSession.objects.filter(pk=session.pk, turn=session.turn)
    return ours.update(**{name: getattr(session, name) for name in _KEPT}) == 1


def _after(session: FlowSession, response: Json | None) -> FlowSession | None:
    """Store what a tap led to; with a response the Flow ends, and the business is told it."""
    if response is None:
        _keep(session)
        return session
    message = session.message
    with transaction.atomic():
        ours = FlowSession.objects.filter(pk=session.pk, turn=session.turn)
        if ours.delete()[0] and message.phone:
            answer = {**response, "flow_token": session.token}
            inbound.finish_flow(message.phone, message, answer)
    return None


def _act(session: FlowSession, action: Json) -> Json | None:
    """Do what tapping does; return what the Flow answers when that ends it."""
    payload = session.scope.fill(action.get("payload", {}))
    match action["name"]:
        case "complete":
            return dict(payload)
        case "navigate":
            target = action["next"]["name"]
            session.path = paths.after(session.path, target, payload, flow=session.definition)
        case "update_data":
            session.top["data"] |= payload
        case "data_exchange":
            screen = session.top["screen"]
            return _ask(session, action="data_exchange", screen=screen, data=payload)
    return None


def _ask(session: FlowSession, **request: Any) -> Json | None:
    """Ask the endpoint and show what it answers; return the Flow's answer when that ends it.

    What is asked is stored first, so that it can be asked again after a killed process.
    """
    session.unanswered, session.snackbar = request, ""
    if not _keep(session):
        raise Overtaken
    line = Line(
        url=session.flow.endpoint_uri, public_key=session.public_key, fetch_key=_current_key
    )
    try:
        response = _follow(session, line.ask(_request(session, request)))
    except TokenEnded as ended:
        session.ended_at, session.snackbar, session.unanswered = timezone.now(), ended.message, None
    except (NoAnswer, InvalidAnswer) as error:
        logger.warning("A Flow could not go on: %s", error)
        if isinstance(error, InvalidAnswer):
            _tell(line, session, request, error)
    else:
        session.unanswered = None
        return response
    finally:
        session.public_key = line.public_key
    return None


def _follow(session: FlowSession, answer: Json) -> Json | None:
    screen, data = answer.get("screen"), answer.get("data")
    if not isinstance(data, dict):
        raise InvalidAnswer("it has no data")
    if screen == _SUCCESS:
        return _response(data)
    snackbar = str(data.pop("error_message", ""))
    session.path = paths.after(session.path, screen, data, flow=session.definition)
    session.snackbar = snackbar
    return None


def _response(data: Json) -> Json:
    """Return what an endpoint ends a Flow with: it is what the business hears of the phone."""
    match data:
        case {"extension_message_response": {"params": dict(params)}}:
            return params
    raise InvalidAnswer("it ends the Flow without a response")


def _tell(line: Line, session: FlowSession, request: Json, error: InvalidAnswer) -> None:
    """Tell the endpoint that its answer was of no use, as phones do; nobody waits for a reply."""
    data = {"error": "invalid-screen-transition", "error_message": str(error)}
    with suppress(FlowError):
        line.ask(_request(session, {**request, "data": data}))


def _request(session: FlowSession, request: Json) -> dict[str, Any]:
    version = session.definition.data_api_version
    return {"version": version, "flow_token": session.token, **request}
