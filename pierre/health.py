"""What a load balancer asks: is the process alive, and can it work."""

from enum import StrEnum

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from whatsapp import backlog, numbers, outbox
from whatsapp.exceptions import NotConfigured


class Check(StrEnum):
    """How a check ended; unknown is what cannot be asked without the database."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process answers; touches nothing."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 while this process can do its part, 503 when it cannot.

    It can without a worker, and when WhatsApp has stopped our number: it then takes webhooks, says
    why nothing is sent, and serves the admin in which staff act. `status` says "degraded" then.
    """
    checks = {"database": Check.FAILED, "whatsapp": _whatsapp()}
    queue = None
    try:
        waiting, number = backlog.measure(), numbers.stopped()
    except Error:
        checks |= {"number": Check.UNKNOWN, "worker": Check.UNKNOWN}
    else:
        checks["database"] = Check.OK
        checks |= {"number": _check(number is None), "worker": _check(waiting.has_worker)}
        queue = _queue(waiting)
    is_ready = checks["database"] == checks["whatsapp"] == Check.OK
    is_well = all(check is Check.OK for check in checks.values())
    status = "ok" if is_well else "degraded" if is_ready else "unavailable"
    body = {"status": status, "checks": checks, "queue": queue}
    return JsonResponse(body, status=200 if is_ready else 503)


def _whatsapp() -> Check:
    try:
        outbox.require_configured()
    except NotConfigured:
        return Check.FAILED
    return Check.OK


def _check(is_passed: bool) -> Check:  # noqa: FBT001  read as an assertion
    return Check.OK if is_passed else Check.FAILED


def _queue(waiting: backlog.Backlog) -> dict[str, int]:
    return {
        "depth": waiting.depth,
        "oldest_seconds": round(waiting.oldest_seconds),
        "jobs": waiting.jobs,
        "webhooks": waiting.webhooks,
        "updates": waiting.updates,
        "messages": waiting.messages,
        "updates_given_up": waiting.updates_given_up,
        "jobs_failed": waiting.jobs_failed,
        "messages_unconfirmed": waiting.messages_unconfirmed,
    }
