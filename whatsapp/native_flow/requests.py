"""What a phone or WhatsApp itself asks a Flow's data endpoint, as typed values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from whatsapp.native_flow.exceptions import InvalidRequest

_TEXT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """WhatsApp's health check: it belongs to no Flow message, and has no token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorNotice:
    """A phone reports that it could not use our last answer; to be logged and acknowledged."""

    flow_token: str | None
    # Empty when the phone names no screen, or gives no explanation.
    screen: str
    error: str
    error_message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAFlow:
    flow_token: str
    # A JWT signed with the app secret; Data API 4.0 sends it, 3.0 does not.
    flow_token_signature: str | None
    # What the screen's action sends, never to be trusted.
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Init(_OfAFlow):
    """The Flow was opened: the first screen is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Back(_OfAFlow):
    """The person went back to a screen that refreshes: that screen is asked for again."""

    screen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange(_OfAFlow):
    """The person did something on a screen: the next one, or the same refreshed, is asked for."""

    screen: str


Request = Ping | ErrorNotice | Init | Back | Exchange


def read(decrypted: Mapping[str, object]) -> Request:
    """Return the typed form of a decrypted request; raise `InvalidRequest` for any other."""
    _refuse_unstorable(decrypted)
    data = decrypted.get("data")
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise InvalidRequest
    # A notice comes under any action, and is told by its data alone.
    if "error" in data:
        return ErrorNotice(
            flow_token=_optional(decrypted, "flow_token"),
            screen=_optional(decrypted, "screen") or "",
            error=_required(data, "error"),
            error_message=_optional(data, "error_message") or "",
        )
    if decrypted.get("action") == "ping":
        return Ping()
    return _of_a_flow(decrypted, data)


def _of_a_flow(decrypted: Mapping[str, object], data: Mapping[str, object]) -> Request:
    token = _required(decrypted, "flow_token")
    signature = _optional(decrypted, "flow_token_signature")
    match decrypted.get("action"):
        case "INIT":
            return Init(flow_token=token, flow_token_signature=signature, data=data)
        case "BACK":
            kind: type[Back | Exchange] = Back
        case "data_exchange":
            kind = Exchange
        case _:
            raise InvalidRequest
    screen = _required(decrypted, "screen")
    return kind(flow_token=token, flow_token_signature=signature, data=data, screen=screen)


def _refuse_unstorable(decrypted: Mapping[str, object]) -> None:
    """Refuse what JSON can say and no database or log can hold: NUL, lone surrogates, infinity."""
    try:
        text = json.dumps(decrypted, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, TypeError, RecursionError):
        raise InvalidRequest from None
    if r"\u0000" in text:
        raise InvalidRequest


def _required(values: Mapping[str, object], name: str) -> str:
    text = _optional(values, name)
    if not text:
        raise InvalidRequest
    return text


def _optional(values: Mapping[str, object], name: str) -> str | None:
    text = values.get(name)
    if text is not None and not (isinstance(text, str) and len(text) <= _TEXT):
        raise InvalidRequest
    return text
