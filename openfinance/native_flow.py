"""The screens of the Flow that chooses a bank inside WhatsApp: what is published, and its data.

All the words are in native_flow.json, so that WhatsApp's review sees them; the endpoint sends only
names, pictures and which of the notes to show. What each screen asks the endpoint has a `step`:

    BANKS  {"step": "search", "query"}          refresh with what was found
    BANKS  {"step": "choose", "bank", "query"}  STEPS, or refresh when no bank was chosen
    STEPS  {"step": "start", "bank"}            DONE

The list and the search share one screen, because the list is not required: whether a required one
that is still empty would keep the search from being asked for is undocumented. So a choice may
come without a bank, as an empty text or not at all; with a query it is a search.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from whatsapp.messages import limits
from whatsapp.native_flow import definition as flow_json
from whatsapp.native_flow import monogram

SHIPPED = Path(__file__).parent / "native_flow.json"
# A list of radio buttons holds no more, nor longer texts.
LISTED = 20
_TITLE = 30
_DESCRIPTION = 300
# An answer holds 1 MB, and base64 adds a third: twenty of these leave room for the rest.
_LOGO_BYTES = 30 * 1024
_PRIVACY_URL = "{privacy_url}"


class Screen(TypedDict):
    """What answers a request of the Flow: the screen to show, and its data."""

    screen: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class BankOption:
    """A bank as the list shows it; without a small enough logo it gets its initials."""

    id: str
    title: str
    description: str = ""
    logo_png: bytes | None = None


def definition(*, privacy_url: str) -> dict[str, object]:
    """Return the Flow JSON to publish, with the link to the privacy policy (https) filled in.

    The address is part of what is published, because a Flow opens none that comes as data.
    """
    shipped = json.dumps(flow_json.load(SHIPPED))
    quoted = json.dumps(privacy_url)
    filled: dict[str, object] = json.loads(shipped.replace(json.dumps(_PRIVACY_URL), quoted))
    return filled


def banks_screen(
    banks: Sequence[BankOption], query: str, total: int, *, nothing_chosen: bool = False
) -> Screen:
    """Build the list of banks: at least one is needed, and the first twenty are shown.

    `total` is how many the query found. When it found none (0), `banks` are those to offer
    instead. `nothing_chosen` says that the person went on without choosing. Raises ValueError
    without a bank: WhatsApp shows no empty list.
    """
    if not banks:
        raise ValueError("The list of banks needs at least one.")
    shown = banks[:LISTED]
    data: dict[str, object] = {
        "banks": [_option(bank) for bank in shown],
        "nothing_found": bool(query.strip()) and total == 0,
        "more_than_shown": total > len(shown),
        "nothing_chosen": nothing_chosen,
    }
    return Screen(screen="BANKS", data=data)


def steps_screen(bank: BankOption) -> Screen:
    """Build the screen that tells what happens next with the chosen bank."""
    return Screen(screen="STEPS", data=_chosen(bank))


def done_screen(bank: BankOption) -> Screen:
    """Build the last screen, for when the bank's connection has been started."""
    return Screen(screen="DONE", data=_chosen(bank))


def _chosen(bank: BankOption) -> dict[str, object]:
    return {"bank_id": bank.id, "bank": _cut(bank.title, _TITLE)}


def _option(bank: BankOption) -> dict[str, str]:
    option = {"id": bank.id, "title": _cut(bank.title, _TITLE)}
    if bank.description:
        option["description"] = _cut(bank.description, _DESCRIPTION)
    image = bank.logo_png
    if not image or len(image) > _LOGO_BYTES:
        image = monogram.png(bank.title)
    if image:
        option["image"] = base64.b64encode(image).decode()
        option["alt-text"] = option["title"]
    return option


def _cut(text: str, limit: int) -> str:
    if limits.length(text) <= limit:
        return text
    kept = text[: limit - 1]
    while limits.length(kept) >= limit:
        kept = kept[:-1]
    return f"{kept}…"
