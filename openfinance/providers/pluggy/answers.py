"""What an HTTP answer of Pluggy means: its JSON, or the error that it stands for."""

import json
import re
from http import HTTPStatus
from typing import Any

from openfinance.providers.errors import ProviderError, Reason
from openfinance.providers.pluggy.transport import Answer

Json = dict[str, Any]

_CODE = re.compile(r"[A-Z_]{1,60}")
_SECONDS = re.compile(r"[0-9]{1,6}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_SERVER_ERRORS = range(500, 600)


def json_object(answer: Answer) -> Json:
    """Return the JSON object of a good answer; raise ProviderError for any other."""
    if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        raise refusal(answer)
    content = _lenient(answer)
    if content is None:
        raise bad("no JSON object", answer)
    return content


def text(content: Json, key: str) -> str:
    """Return a token of an answer; raise ProviderError for what no header can hold."""
    value = content.get(key)
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise bad(f"no {key}")
    return value


def bad(details: str, answer: Answer | None = None) -> ProviderError:
    """Return the error for what Pluggy's documentation does not let it answer."""
    status = answer.status if answer else None
    return ProviderError(reason=Reason.BAD_ANSWER, details=details, http_status=status)


def refusal(answer: Answer) -> ProviderError:
    """Return the error that an answer stands for; of its words only a code is kept."""
    details = _code(answer)
    match answer.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            reason, details = Reason.BANK_BUSY, _wait(answer)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            reason = Reason.CLIENT_REFUSED
        case HTTPStatus.NOT_FOUND:
            reason = Reason.CONSENT_UNKNOWN
        case status if status in _SERVER_ERRORS:
            reason = Reason.BANK_DOWN
        case status if status >= HTTPStatus.BAD_REQUEST:
            reason = Reason.REQUEST_REFUSED
        case _:
            reason = Reason.BAD_ANSWER
    return ProviderError(reason=reason, details=details, http_status=answer.status)


def _code(answer: Answer) -> str:
    value = (_lenient(answer) or {}).get("codeDescription")
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""


def _wait(answer: Answer) -> str:
    seconds = answer.retry_after
    return f"again in {seconds} s" if _SECONDS.fullmatch(seconds) else ""


def _lenient(answer: Answer) -> Json | None:
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
