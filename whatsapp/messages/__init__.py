"""What can be said on WhatsApp, as values that cannot be built outside its limits.

Limits are those of Meta's message and template reference; where its pages disagree, the smaller.
Lengths are UTF-16 units: WhatsApp does not say what it counts, and an emoji is two of them.
"""

from whatsapp.messages.interactive import (
    CtaUrl,
    InteractiveList,
    OpenFlow,
    ReplyButton,
    ReplyButtons,
    Row,
    Section,
)
from whatsapp.messages.kinds import Kind
from whatsapp.messages.limits import InvalidMessage
from whatsapp.messages.plain import Text
from whatsapp.messages.templates import QuickReply, Template, TextParameter, UrlSuffix

Message = Text | InteractiveList | ReplyButtons | CtaUrl | OpenFlow | Template

__all__ = [
    "CtaUrl",
    "InteractiveList",
    "InvalidMessage",
    "Kind",
    "Message",
    "OpenFlow",
    "QuickReply",
    "ReplyButton",
    "ReplyButtons",
    "Row",
    "Section",
    "Template",
    "Text",
    "TextParameter",
    "UrlSuffix",
]
