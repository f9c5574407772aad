"""The text of a Flow's screen: lines, and where it is markdown its lists, marks and links."""

import re
from collections.abc import Sequence
from itertools import groupby

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_ORDERED = re.compile(r"\d+\. +")
_UNORDERED = re.compile(r"[+-] +")
_MARKS = (
    (re.compile(r"\*\*(\S(?:.*?\S)?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*(\S(?:.*?\S)?)\*"), r"<em>\1</em>"),
    (re.compile(r"~~(\S(?:.*?\S)?)~~"), r"<s>\1</s>"),
    (
        # Escaping left no quotation mark that could end the attribute.
        re.compile(r"\[([^\]]+)\]\((https?://[^\s)]+)\)"),
        r'<a href="\2" target="_blank" rel="noopener">\1</a>',
    ),
)


@register.filter
def flow_lines(text: str | Sequence[str]) -> list[str]:
    """Return the lines of a text, which may come as a list of them."""
    return text.splitlines() if isinstance(text, str) else [str(line) for line in text]


@register.filter
def flow_markdown(text: str | Sequence[str]) -> SafeString:
    """Escape a text and mark it up, in the part of markdown that Flows know."""
    lines = [line.strip() for line in flow_lines(text)]
    blocks = groupby((line for line in lines if line), _kind)
    shown = "".join(_block(kind, list(block)) for kind, block in blocks)
    return mark_safe(shown)  # noqa: S308  every line is escaped before it is marked up


def _kind(line: str) -> str:
    if _ORDERED.match(line):
        return "ol"
    return "ul" if _UNORDERED.match(line) else "p"


def _block(kind: str, lines: Sequence[str]) -> str:
    match kind:
        case "ol":
            items = [_ORDERED.sub("", line, count=1) for line in lines]
        case "ul":
            items = [_UNORDERED.sub("", line, count=1) for line in lines]
        case _:
            return "".join(f"<p>{_marked(line)}</p>" for line in lines)
    return f"<{kind}>{''.join(f'<li>{_marked(item)}</li>' for item in items)}</{kind}>"


def _marked(line: str) -> str:
    shown = str(escape(line))
    for mark, markup in _MARKS:
        shown = mark.sub(markup, shown)
    return shown
