"""What a load balancer asks: is the process alive, and can it work."""

from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from whatsapp import outbox
from whatsapp.exceptions import NotConfigured


@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process answers; touches nothing."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers and WhatsApp is configured, 503 otherwise."""
    checks = {"database": _database(), "whatsapp": _whatsapp()}
    is_ready = all(checks.values())
    body = {
        "status": "ok" if is_ready else "unavailable",
        "checks": {name: "ok" if passed else "failed" for name, passed in checks.items()},
    }
    return JsonResponse(body, status=200 if is_ready else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _whatsapp() -> bool:
    try:
        outbox.require_configured()
    except NotConfigured:
        return False
    return True
