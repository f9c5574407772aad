"""What came of a trip to the bank, for a while at an address that only its person gets."""

from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openfinance import permissions
from openfinance.models import Attempt, Consent
from openfinance.pages import guards, offers, pictures
from openfinance.providers import Reason
from openfinance.providers.errors import POINTLESS
from whatsapp import outbox

_LASTS = timedelta(minutes=30)


class Screen(StrEnum):
    """What there is to say."""

    CONNECTED = "connected"
    REFUSED = "refused"
    DOWN = "down"
    LATE = "late"
    FAILED = "failed"
    OURS = "ours"
    REVOKED = "revoked"
    PENDING = "pending"


_SCREENS: dict[str, Screen] = {
    Reason.REFUSED: Screen.REFUSED,
    Reason.CONSENT_ENDED: Screen.REFUSED,
    Reason.BANK_DOWN: Screen.DOWN,
    Reason.BANK_BUSY: Screen.DOWN,
    Reason.REQUEST_EXPIRED: Screen.LATE,
    Reason.EXPIRED: Screen.LATE,
    Reason.CODE_REFUSED: Screen.LATE,
}


def sign(attempt: Attempt) -> str:
    """Return what stands for the result of an attempt in its address, for half an hour."""
    return _signer().sign(attempt.pk.hex)


@require_safe
@guards.personal
def result(request: HttpRequest, signed: str) -> HttpResponse:
    """Show what came of an attempt; loading it again shows how it is then."""
    try:
        pk = UUID(_signer().unsign(signed, max_age=_LASTS))
    except BadSignature:
        return _over(request)
    found = Attempt.objects.select_related(
        "consent__connection__bank", "consent__link__message", "consent__renews"
    )
    attempt = found.get(pk=pk)
    consent, bank = attempt.consent, attempt.consent.connection.bank
    context: dict[str, Any] = {
        "bank": bank,
        "picture": pictures.of(bank),
        "consent": consent,
        "granted": permissions.groups(consent.granted_permissions),
        "still_active": offers.active(consent.connection),
        "can_retry": consent.status != Consent.Status.ENDED and not consent.revocation_requested_at,
        "token": outbox.token(consent.link.message) if consent.link else "",
        "chat_number": settings.WHATSAPP_NUMBER,
        "support": settings.SUPPORT_CONTACT,
    }
    return render(request, f"connect/result/{_screen(attempt)}.html", context)


def _signer() -> TimestampSigner:
    # Not made on import, which must not fail where a check is to say that there is no secret key.
    return TimestampSigner(salt="openfinance.result")


def _over(request: HttpRequest) -> HttpResponse:
    context = {"chat_number": settings.WHATSAPP_NUMBER}
    return render(request, "connect/result/over.html", context, status=HTTPStatus.NOT_FOUND)


def _screen(attempt: Attempt) -> Screen:
    consent = attempt.consent
    if consent.revocation_requested_at and not attempt.outcome:
        return Screen.REVOKED
    if consent.status == Consent.Status.AUTHORISED:
        return Screen.CONNECTED
    if not attempt.outcome:
        return Screen.REVOKED if consent.status == Consent.Status.ENDED else Screen.PENDING
    if attempt.outcome in POINTLESS:
        return Screen.OURS
    return _SCREENS.get(attempt.outcome, Screen.FAILED)
