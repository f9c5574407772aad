"""What Graph says, for `responses`: the shapes of reference §1.2."""

import json
from collections.abc import Callable
from typing import Any

import responses
from requests import PreparedRequest

MESSAGES = "https://graph.example/v26.0/106540352242922/messages"


def accepts(mock: responses.RequestsMock, **message: str) -> None:
    """Accept every message, each with an id of its own; `message` adds to what Graph says of it."""
    mock.add_callback(responses.POST, MESSAGES, callback=_accepting(message))


def refuses(mock: responses.RequestsMock, code: int, *, status: int = 400) -> None:
    """Answer Graph's error object with this code."""
    mock.add(responses.POST, MESSAGES, json=_error(code), status=status)


def accepts_templates_only(mock: responses.RequestsMock) -> None:
    """Answer as for somebody who has not written in 24 hours."""
    accept = _accepting({})

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        if json.loads(request.body or "{}")["type"] == "template":
            return accept(request)
        return 400, {}, json.dumps(_error(131047))

    mock.add_callback(responses.POST, MESSAGES, callback=answer)


def sent(mock: responses.RequestsMock) -> list[dict[str, Any]]:
    """Return the bodies that reached Graph, oldest first."""
    return [json.loads(call.request.body or "{}") for call in mock.calls]


def _error(code: int) -> dict[str, Any]:
    error = {
        "message": f"(#{code}) refused",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": "because of the test"},
        "fbtrace_id": "Az8",
    }
    return {"error": error}


def _accepting(
    extra: dict[str, str],
) -> Callable[[PreparedRequest], tuple[int, dict[str, str], str]]:
    numbers = iter(range(1, 10_000))

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        to = json.loads(request.body or "{}")["to"]
        body = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": to[1:]}],
            "messages": [{"id": f"wamid.test{next(numbers)}", **extra}],
        }
        return 200, {}, json.dumps(body)

    return answer
