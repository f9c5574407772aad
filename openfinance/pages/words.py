"""The words of a page, as they were shown: what is kept as evidence of an agreement."""

import hashlib
import re
from html.parser import HTMLParser

_BLOCKS = {
    *("div", "p", "h1", "h2", "h3", "li", "ol", "ul", "fieldset", "legend", "details", "summary"),
    *("label", "button", "form", "section"),
}
_VOID = {"br", "hr", "img", "input", "meta", "link"}
_ASIDE = "data-aside"


def of(page: str) -> str:
    """Return what <main> says, a line for each block, with [x] for what is ticked and [ ] if not.

    What has `data-aside`, such as an error, and what people typed is left out.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    lines = (re.sub(r"\s+", " ", line).strip() for line in "".join(reader.said).split("\n"))
    return "\n".join(line for line in lines if line)


def digest(text: str) -> str:
    """Return the SHA-256 that names a text."""
    return hashlib.sha256(text.encode()).hexdigest()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._has_box = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _VOID:
            if self._is_said() and given.get("type") in {"checkbox", "radio"}:
                self.said.append("\n[x] " if "checked" in given else "\n[ ] ")
                self._has_box = True
            return
        counts = (tag == "main" or self._is_said()) and _ASIDE not in given
        self._open.append((tag, counts))
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._break(tag)
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._is_said():
            self.said.append(data.replace("\n", " "))
            self._has_box = self._has_box and not data.strip()

    def _break(self, tag: str) -> None:
        # A label goes on the line of its box.
        if tag in _BLOCKS and not (tag == "label" and self._has_box):
            self.said.append("\n")

    def _is_said(self) -> bool:
        return bool(self._open) and self._open[-1][1]
