"""Text as WhatsApp shows it: *bold*, _italic_, ~struck~, ```fixed```, and links."""

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# A mark counts when it hugs its words, as in WhatsApp: *bold*, but not 2 * 3 * 4.
_MARKS = (
    (re.compile(r"```(.+?)```", re.DOTALL), r"<code>\1</code>"),
    (re.compile(r"(?<!\w)\*(\S(?:[^*\n]*\S)?)\*(?!\w)"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\w)_(\S(?:[^_\n]*\S)?)_(?!\w)"), r"<em>\1</em>"),
    (re.compile(r"(?<!\w)~(\S(?:[^~\n]*\S)?)~(?!\w)"), r"<s>\1</s>"),
)
_LINK = re.compile(r"https?://[^\s<]*[^\s<.,;:!?)]")


@register.filter
def whatsapp_text(text: str) -> SafeString:
    """Escape a message and mark it up."""
    shown = str(escape(text))
    for mark, markup in _MARKS:
        shown = mark.sub(markup, shown)
    linked = _LINK.sub(r'<a href="\g<0>" target="_blank" rel="noopener">\g<0></a>', shown)
    return mark_safe(linked)  # noqa: S308  escaped above, before any markup was added
