"""The page with the phones, and what keeps it up to date without a reload."""

from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from whatsapp.simulator.control import FaultForm
from whatsapp.simulator.models import Fault, SimulatedMessage, SimulatedPhone

# What htmx itself understands as "nothing to swap".
_NOTHING_NEW = 204


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show every phone with its messages."""
    fault = Fault.objects.first() or Fault()
    context = {
        "phones": SimulatedPhone.objects.prefetch_related("messages"),
        "business": settings.SIMULATOR["BUSINESS_NAME"],
        "newest": _newest(),
        "fault": fault,
        "form": FaultForm(instance=fault, initial={"times": fault.remaining}),
    }
    return render(request, "simulator/page.html", context)


@require_GET
def updates(request: HttpRequest) -> HttpResponse:
    """Send the messages that came after `?after=<id>`, each to its own phone on the page."""
    after = request.GET.get("after", "")
    messages = SimulatedMessage.objects.filter(
        pk__gt=int(after) if after.isdigit() else 0, phone__isnull=False
    )
    if not messages:
        return HttpResponse(status=_NOTHING_NEW)
    context = {"messages": messages, "newest": messages[len(messages) - 1].pk}
    return render(request, "simulator/updates.html", context)


def _newest() -> int:
    newest: int | None = SimulatedMessage.objects.aggregate(newest=Max("pk"))["newest"]
    return newest or 0
