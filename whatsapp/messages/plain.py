import re
from dataclasses import dataclass
from typing import ClassVar

from whatsapp.messages import limits
from whatsapp.messages.kinds import Kind

_BODY = 4096
_WEB_ADDRESS = re.compile(r"https?://\S", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A plain text of up to 4096; a preview is drawn of the first URL when `preview_url`."""

    kind: ClassVar[Kind] = Kind.TEXT

    body: str
    preview_url: bool = False

    def __post_init__(self) -> None:
        limits.body("text.body", self.body, limit=_BODY)
        if self.preview_url and not _WEB_ADDRESS.search(self.body):
            raise limits.InvalidMessage(
                "text.preview_url",
                "needs an http(s) URL in the body",
                length=limits.length(self.body),
                limit=_BODY,
            )
