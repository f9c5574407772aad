"""Text as WhatsApp shows it: *bold*, _italic_, ~struck~, ```fixed```, and links."""

import re
from functools import partial

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# Escaping turns a quotation mark, which ends an address, into one of these.
_ADDRESS = r"https?://(?:(?!&quot;|&#x27;|&lt;|&gt;)[^\s<])+"
# What no mark reaches into: fixed text, and an address, whose own _ and * mean nothing.
_LITERAL = rf"(?P<literal><code>.*?</code>|{_ADDRESS})"
_FIXED = re.compile(r"```(.+?)```", re.DOTALL)
# A mark counts when it hugs its words, as in WhatsApp: *bold*, but not 2 * 3 * 4.
_MARKS = tuple(
    (re.compile(rf"{_LITERAL}|(?<!\w){mark}(\S(?:[^{mark}\n]*\S)?){mark}(?!\w)", re.DOTALL), tag)
    for mark, tag in ((r"\*", "strong"), ("_", "em"), ("~", "s"))
)
_LINK = re.compile(rf"(?P<literal><code>.*?</code>)|({_ADDRESS}(?<![.,;:!?)*~]))", re.DOTALL)


@register.filter
def whatsapp_text(text: str) -> SafeString:
    """Escape a message and mark it up."""
    shown = _FIXED.sub(r"<code>\1</code>", str(escape(text)))
    for mark, tag in _MARKS:
        shown = mark.sub(partial(_marked, tag), shown)
    linked = _LINK.sub(_link, shown)
    return mark_safe(linked)  # noqa: S308  escaped above, before any markup was added


def _marked(tag: str, found: re.Match[str]) -> str:
    return found["literal"] or f"<{tag}>{found[2]}</{tag}>"


def _link(found: re.Match[str]) -> str:
    address = found[2]
    return found["literal"] or f'<a href="{address}" target="_blank" rel="noopener">{address}</a>'
