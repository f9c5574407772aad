"""The templates that Meta is asked to approve.

Their words are in templates/whatsapp/approved/, one file for each.
"""

import json
from collections.abc import Iterable, Iterator
from typing import NotRequired, TypedDict, cast

from django.conf import settings

from openfinance import catalogue
from whatsapp import phone_codes
from whatsapp.template_definitions import (
    Category,
    CodeTemplate,
    Definition,
    ReplyButton,
    TextTemplate,
    UrlButton,
)

CHOOSE_BANK = "conexao_escolher_banco"
PREMIUM_NOTICE = "aviso_premium"
RESULT = "conexao_resultado"
ENDING = "conexao_vencendo"
NAMES = (
    CHOOSE_BANK,
    PREMIUM_NOTICE,
    RESULT,
    ENDING,
    phone_codes.TEMPLATE,
)

_FOLDER = settings.BASE_DIR / "templates" / "whatsapp" / "approved"
_BANKS = 7
_UPGRADE_URL = "{upgrade_url}"


class _Button(TypedDict):
    type: str
    text: NotRequired[str]
    url: NotRequired[str]


class _Shipped(TypedDict, total=False):
    category: str
    body: str
    examples: dict[str, str]
    footer: str
    buttons: list[_Button]
    minutes: int
    button: str


def definitions() -> list[Definition]:
    """Return our templates as they should be at Meta now, with the banks that staff put first."""
    return [_definition(name) for name in NAMES]


def _definition(name: str) -> Definition:
    text = (_FOLDER / f"{name}.json").read_text(encoding="utf-8")
    shipped = cast("_Shipped", json.loads(text))
    category = Category(shipped["category"])
    if category is Category.AUTHENTICATION:
        return CodeTemplate(name=name, minutes=shipped["minutes"], button=shipped["button"])
    banks = catalogue.favourites(limit=_BANKS)
    buttons = shipped.get("buttons", [])
    has_banks = any(button["type"] == "BANKS" for button in buttons)
    return TextTemplate(
        name=name,
        category=category,
        body=shipped["body"],
        examples=shipped.get("examples", {}),
        footer=shipped.get("footer", ""),
        buttons=tuple(_buttons(buttons, [bank.name for bank in banks])),
        fills={"banks": [bank.slug for bank in banks]} if has_banks else {},
    )


def _buttons(shipped: Iterable[_Button], banks: Iterable[str]) -> Iterator[ReplyButton | UrlButton]:
    for button in shipped:
        match button["type"]:
            case "BANKS":
                yield from (ReplyButton(text=bank) for bank in banks)
            case "URL":
                url = button["url"].replace(_UPGRADE_URL, settings.UPGRADE_URL)
                yield UrlButton(text=button["text"], url=url)
            case _:
                yield ReplyButton(text=button["text"])
