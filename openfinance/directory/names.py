"""What the directory's texts say: a brand's plain name, for whom it is, its codes and its hosts."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from openfinance.models import Bank

# A row title in a WhatsApp list holds no more.
LONGEST: Final = 24
_FOR_BUSINESSES: Final = re.compile(
    r"\b(pj|pessoas?\s+jur[ií]dicas?|empresas?|emps|empresarial|neg[oó]cios|business|corporate)\b",
    re.IGNORECASE,
)
_FOR_PEOPLE: Final = re.compile(r"\b(pf|pessoas?\s+f[ií]sicas?)\b", re.IGNORECASE)
# What says for whom a brand is, or what kind of company has it, and nothing of which brand's.
_SAYS_NOTHING: Final = re.compile(
    r"\b(pf|pj|pessoas?\s+f[ií]sicas?|pessoas?\s+jur[ií]dicas?|auth(orization)?\s+server)\b"
    r"|(?<!\w)(s\.\s?a\.?|s/a|ltda\.?)(?!\w)",
    re.IGNORECASE,
)
_REGISTRATION: Final = re.compile(r"[0-9A-Z]{8}(?:[0-9A-Z]{4}[0-9]{2})?")
# Below a country's code, what the domains of companies end in: com.br, b.br, co.uk.
_SECOND_LEVEL: Final = frozenset({"b", "co", "com", "coop", "eco", "gov", "ind", "net", "org"})


def cleaned(text: str) -> str:
    """Return a text in one line of visible characters, each accent in its letter."""
    return " ".join("".join(map(_visible, unicodedata.normalize("NFC", text))).split())


def _visible(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Cf":  # it turns or joins the text around it
        return ""
    return " " if category[0] in "CZ" else letter


def plain(brand: str) -> str:
    """Return a brand's own name; empty when there is none in it."""
    bare = " ".join(_SAYS_NOTHING.sub(" ", brand).split()).strip(" -–—,;/()")
    return bare if any(letter.isalnum() for letter in bare) else ""


def shown(name: str, audience: Bank.Audience) -> str:
    """Return a name that fits a WhatsApp list and says when the brand is for businesses."""
    suffix = ""
    if audience == Bank.Audience.BUSINESSES and not _FOR_BUSINESSES.search(name):
        suffix = " Empresas"
    room = LONGEST - len(suffix)
    if len(name) > room:
        cut = name[: room + 1].rpartition(" ")[0] or name[:room]
        name = cut.rstrip(" -–—,;/(")
    return f"{name}{suffix}"


def audience(brand: str, families: Collection[object]) -> Bank.Audience:
    """Return whose accounts a brand has: what its name says, else what its server offers."""
    if _FOR_PEOPLE.search(brand):
        return Bank.Audience.PEOPLE
    only_businesses = "customers-business" in families and "customers-personal" not in families
    if _FOR_BUSINESSES.search(brand) or only_businesses:
        return Bank.Audience.BUSINESSES
    return Bank.Audience.PEOPLE


def registration(text: str) -> str:
    """Return a CNPJ, or the eight digits it starts with. Raises ValueError for anything else."""
    digits = re.sub(r"[./\s-]", "", text).upper()
    if not _REGISTRATION.fullmatch(digits):
        raise ValueError(f"RegistrationNumber: {text!r} is no CNPJ")
    return digits


def host(url: object) -> str:
    """Return the host of an https address; empty for anything else."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        return ""
    try:
        parts = urlsplit(url)
        name, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    is_plain = parts.scheme == "https" and "@" not in parts.netloc and "\\" not in url
    return name.rstrip(".") if is_plain and name else ""


def domain(name: str) -> str:
    """Return the domain that a host belongs to, as far as its name tells.

    It is bank.com.br for api.bank.com.br; an address in digits is its own.
    """
    labels = name.split(".")
    if all(label.isdecimal() for label in labels) or ":" in name:
        return name
    is_national = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL  # noqa: PLR2004
    return ".".join(labels[-3:] if is_national else labels[-2:])
