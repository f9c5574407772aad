"""One JSON object a line, with the request id and nothing that opens a door or names a person."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

from django.conf import settings

request_id: ContextVar[str] = ContextVar("request_id", default="")

# An API key, a bearer's token, Meta's, and that of a link to a page of ours.
_SECRETS = re.compile(
    r"sk-[A-Za-z0-9]{4,}|(?<=Bearer )\S+|EAA[A-Za-z0-9]{12,}"
    r"|(?:(?<=/conectar/)|(?<=/conexoes/)|(?<=/conta/entrar/link/))[^\s/?'\"]+"
)
_PHONES = re.compile(r"(?<![\w.-])(?:\+|%2B)?[1-9]\d{9,14}(?![\w.-])")


def mask(text: str) -> str:
    """Return the text with API keys, access tokens and phone numbers hidden."""
    token = settings.WHATSAPP["OPTIONS"]["access_token"]
    if token:
        text = text.replace(token, "[token]")
    return _PHONES.sub("[phone]", _SECRETS.sub("[secret]", text))


class JsonFormatter(logging.Formatter):
    """Write time, level, logger, request id, message and, when there is one, the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": request_id.get(),
            "message": mask(record.getMessage()),
        }
        if record.exc_info:
            line["traceback"] = mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
