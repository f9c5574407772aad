"""Small pictures that stand in the page itself."""

import base64
from dataclasses import dataclass

import segno

from openfinance.models import Bank
from whatsapp.native_flow import monogram


@dataclass(frozen=True, slots=True, kw_only=True)
class BankPicture:
    """A bank's logo as a URL of its own bytes, or "" and then its initials."""

    url: str
    initials: str


def of(bank: Bank) -> BankPicture:
    """Return what stands beside a bank's name."""
    logo = base64.b64encode(bytes(bank.logo_png)).decode() if bank.logo_png else ""
    return BankPicture(
        url=f"data:image/png;base64,{logo}" if logo else "", initials=monogram.initials(bank.name)
    )


def qr_code(text: str) -> str:
    """Return a QR code as a URL of its own bytes."""
    return segno.make(text, error="m", micro=False).png_data_uri(scale=6, border=3)
