from dataclasses import dataclass
from typing import ClassVar

from whatsapp.messages import limits
from whatsapp.messages.kinds import Kind

# Meta's pages give 4096 and 1024 for the body of a list; the smaller is safe in both.
_BODY = 1024
_HEADER = 60
_FOOTER = 60
_BUTTON_TEXT = 20
_BUTTONS = 3
_BUTTON_ID = 256
_SECTIONS = 10
_SECTION_TITLE = 24
_ROWS = 10
_ROW_ID = 200
_ROW_TITLE = 24
_ROW_DESCRIPTION = 72
# Meta says 30, older clients cut at 20 and show no emoji.
_FLOW_CTA = 20
_FLOW_ID = 64
_FLOW_TOKEN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One choice of a list; `id` comes back when the person picks it."""

    id: str
    title: str
    description: str = ""

    def __post_init__(self) -> None:
        limits.line("row.id", self.id, limit=_ROW_ID)
        limits.line("row.title", self.title, limit=_ROW_TITLE)
        limits.optional_line("row.description", self.description, limit=_ROW_DESCRIPTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Rows under a title, which may be empty only in a list of one section."""

    rows: tuple[Row, ...]
    title: str = ""

    def __post_init__(self) -> None:
        limits.count("section.rows", self.rows, limit=_ROWS)
        limits.optional_line("section.title", self.title, limit=_SECTION_TITLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractiveList:
    """A text whose button opens a sheet of at most 10 rows, counted over all sections."""

    kind: ClassVar[Kind] = Kind.INTERACTIVE_LIST

    body: str
    button: str
    sections: tuple[Section, ...]
    header: str = ""
    footer: str = ""

    def __post_init__(self) -> None:
        _frame("list", body=self.body, header=self.header, footer=self.footer)
        limits.line("list.button", self.button, limit=_BUTTON_TEXT)
        limits.count("list.sections", self.sections, limit=_SECTIONS)
        self._check_titles()
        rows = [row for section in self.sections for row in section.rows]
        limits.count("list.sections.rows", rows, limit=_ROWS)
        limits.unique("list.sections.rows.id", [row.id for row in rows], limit=_ROWS)

    def _check_titles(self) -> None:
        if len(self.sections) == 1:
            return
        for index, section in enumerate(self.sections):
            limits.line(f"list.sections[{index}].title", section.title, limit=_SECTION_TITLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyButton:
    """A button that answers for the person; `id` comes back when it is tapped."""

    id: str
    title: str

    def __post_init__(self) -> None:
        limits.line("button.id", self.id, limit=_BUTTON_ID)
        limits.line("button.title", self.title, limit=_BUTTON_TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyButtons:
    """A text with one to three reply buttons."""

    kind: ClassVar[Kind] = Kind.REPLY_BUTTONS

    body: str
    buttons: tuple[ReplyButton, ...]
    header: str = ""
    footer: str = ""

    def __post_init__(self) -> None:
        _frame("reply_buttons", body=self.body, header=self.header, footer=self.footer)
        limits.count("reply_buttons.buttons", self.buttons, limit=_BUTTONS)
        ids = [button.id for button in self.buttons]
        titles = [button.title for button in self.buttons]
        limits.unique("reply_buttons.buttons.id", ids, limit=_BUTTONS)
        limits.unique("reply_buttons.buttons.title", titles, limit=_BUTTONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CtaUrl:
    """A text with one button that opens the phone's browser; no webhook tells of the tap."""

    kind: ClassVar[Kind] = Kind.CTA_URL

    body: str
    display_text: str
    url: str
    header: str = ""
    footer: str = ""

    def __post_init__(self) -> None:
        _frame("cta_url", body=self.body, header=self.header, footer=self.footer)
        limits.line("cta_url.display_text", self.display_text, limit=_BUTTON_TEXT)
        limits.url("cta_url.url", self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFlow:
    """A text whose button opens a published WhatsApp Flow, whose screens come from our endpoint.

    `flow_token` comes back with every request of the Flow.
    """

    kind: ClassVar[Kind] = Kind.FLOW

    body: str
    cta: str
    flow_id: str
    flow_token: str
    header: str = ""
    footer: str = ""

    def __post_init__(self) -> None:
        _frame("flow", body=self.body, header=self.header, footer=self.footer)
        limits.line("flow.cta", self.cta, limit=_FLOW_CTA)
        limits.line("flow.flow_id", self.flow_id, limit=_FLOW_ID)
        limits.line("flow.flow_token", self.flow_token, limit=_FLOW_TOKEN)


def _frame(field: str, *, body: str, header: str, footer: str) -> None:
    limits.body(f"{field}.body", body, limit=_BODY)
    limits.optional_line(f"{field}.header", header, limit=_HEADER)
    limits.optional_line(f"{field}.footer", footer, limit=_FOOTER)
