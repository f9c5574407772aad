"""Rebuild an SVG from what only draws: shapes, colours and pictures that it holds itself.

The drawing library would open a file that a picture names, and a deep nesting overflows its stack.
So nothing goes through but what is on the lists here, and what draws otherwise is refused whole,
because a logo with a part missing is no logo.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "http://www.w3.org/1999/xlink"
_MOST_ELEMENTS: Final = 20_000
_DEEPEST: Final = 60
_DRAWS: Final = frozenset(
    {
        *("svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line"),
        *("polyline", "polygon", "linearGradient", "radialGradient", "stop", "clipPath"),
        *("mask", "pattern", "image", "style", "switch", "a", "filter", "feBlend"),
        *("feColorMatrix", "feComposite", "feDropShadow", "feFlood", "feGaussianBlur"),
        *("feMerge", "feMergeNode", "feOffset"),
    }
)
# These draw nothing, and are left out with all that is in them.
_SAYS_NOTHING: Final = frozenset(
    {
        *("script", "metadata", "title", "desc", "animate", "animateTransform"),
        *("animateMotion", "animateColor", "set", "namedview"),
    }
)
_EMBEDDED: Final = re.compile(r"data:image/(?:png|jpe?g);base64,[A-Za-z0-9+/=\s]+")
_OWN: Final = re.compile(r"#[^\s\"'()<>]+")
_ELSEWHERE: Final = re.compile(r"url\(\s*(?!['\"]?#)|@import|expression|\\", re.IGNORECASE)


class UnsafePicture(ValueError):
    """It is no picture, or holds what is not drawn here; the text says which."""


@dataclass(slots=True)
class _Copy:
    """What is written of the picture while it is read."""

    check_embedded: Callable[[str], None]
    parts: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    ignored: int = 0
    elements: int = 0

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        space, _, name = qualified.rpartition(" ")
        self.elements += 1
        if self.elements > _MOST_ELEMENTS or len(self.open) + self.ignored > _DEEPEST:
            raise UnsafePicture("too much in it")
        if self.ignored or space != SVG or name in _SAYS_NOTHING:
            if not self.open:
                raise UnsafePicture("not an SVG")
            self.ignored += 1
            return
        if name not in _DRAWS or (not self.open and name != "svg"):
            raise UnsafePicture(f"<{name[:40]}> is not drawn")
        kept = [f"{key}={quoteattr(text)}" for key, text in self._attributes(name, attributes)]
        if not self.open:
            kept = [f'xmlns="{SVG}"', f'xmlns:xlink="{_XLINK}"', *kept]
        self.parts.append(f"<{' '.join((name, *kept))}>")
        self.open.append(name)

    def end(self, _qualified: str) -> None:
        if self.ignored:
            self.ignored -= 1
            return
        self.parts.append(f"</{self.open.pop()}>")

    def text(self, text: str) -> None:
        if not self.ignored and self.open and self.open[-1] == "style":
            self.parts.append(escape(text))

    def _attributes(self, name: str, attributes: dict[str, str]) -> list[tuple[str, str]]:
        kept = []
        for qualified, value in attributes.items():
            space, _, key = qualified.rpartition(" ")
            if key == "href" and space in {"", _XLINK}:
                if name != "a":
                    self._check_reference(name, value)
                    kept.append(("xlink:href", value))
            elif not space and not key.lower().startswith("on"):
                if _ELSEWHERE.search(value):
                    raise UnsafePicture("it refers to something elsewhere")
                kept.append((key, value))
        return kept

    def _check_reference(self, name: str, value: str) -> None:
        if _OWN.fullmatch(value.strip()):
            return
        if name != "image" or not _EMBEDDED.fullmatch(value.strip()):
            raise UnsafePicture("it refers to something elsewhere")
        self.check_embedded(value.partition(",")[2])


def rebuilt(content: bytes, *, check_embedded: Callable[[str], None]) -> str:
    """Return the picture's SVG element, with nothing but what draws.

    `check_embedded` takes the base64 of each picture inside it, and raises UnsafePicture for one
    that is not to be drawn. Raises UnsafePicture.
    """
    copy = _Copy(check_embedded)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = copy.start
    parser.EndElementHandler = copy.end
    parser.CharacterDataHandler = copy.text
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(content, True)  # noqa: FBT003  as expat has it
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, UnsafePicture):
            raise
        raise UnsafePicture("not an SVG") from None
    picture = "".join(copy.parts)
    styles = "".join(re.findall(r"<style[^>]*>(.*?)</style>", picture, re.DOTALL))
    if _ELSEWHERE.search(styles):
        raise UnsafePicture("it refers to something elsewhere")
    return picture


def _refuse_entity(*_declaration: object) -> None:
    raise UnsafePicture("it declares entities")
