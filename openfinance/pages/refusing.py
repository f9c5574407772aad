"""The page for whoever may not connect or renew a bank now, with the way on."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from openfinance.exceptions import ConnectionLimitReached, FlowError
from openfinance.models import Bank


def not_included(
    request: HttpRequest, bank: Bank, error: FlowError, *, is_renewal: bool = False
) -> HttpResponse:
    """Say what keeps the person from it; nothing that they have is touched."""
    context = {
        "bank": bank,
        "is_renewal": is_renewal,
        "full": error if isinstance(error, ConnectionLimitReached) else None,
        "upgrade_url": settings.UPGRADE_URL,
        "support": settings.SUPPORT_CONTACT,
        "chat_number": settings.WHATSAPP_NUMBER,
    }
    return render(request, "connect/not_included.html", context, status=HTTPStatus.FORBIDDEN)
