"""The page with the phones, and what keeps it up to date without a reload."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from django.conf import settings
from django.db.models import Count, Prefetch, QuerySet, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from whatsapp.simulator import bubbles, statuses
from whatsapp.simulator.bubbles import Bubble
from whatsapp.simulator.control.faults import FaultForm
from whatsapp.simulator.control.telling import TellingForm
from whatsapp.simulator.models import Fault, SimulatedMessage, SimulatedPhone, Telling
from whatsapp.simulator.seen import Seen

# What htmx itself understands as "nothing to swap".
_NOTHING_NEW = 204
# A benchmark leaves thousands; nobody scrolls that far.
_MOST_SHOWN = 50
# Sent again with what is new, and left out by the page where it has them.
_SENT_AGAIN = 20

Status = SimulatedMessage.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A phone and the bubbles in its chat, those of today apart."""

    phone: SimulatedPhone
    earlier: Sequence[Bubble]
    today: Sequence[Bubble]


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show every phone with its newest messages."""
    # Looked at first: a message that comes while the page is built is new, rather than missed.
    seen = Seen.now()
    fault = Fault.objects.current()
    context = {
        "screens": _screens(),
        "business": settings.SIMULATOR["BUSINESS_NAME"],
        "seen": asdict(seen),
        "fault": fault,
        "fault_form": FaultForm(instance=fault, initial={"times": fault.remaining}),
        "telling_form": TellingForm(instance=Telling.current()),
    }
    return render(request, "simulator/page.html", context)


@require_GET
def updates(request: HttpRequest) -> HttpResponse:
    """Send what a page has not seen, each message to its own phone; 204 when that is nothing."""
    now, seen = Seen.now(), Seen.by_page(request.GET)
    if now == seen:
        return HttpResponse(status=_NOTHING_NEW)
    if now.is_another_story(seen):
        return HttpResponseClientRefresh()
    counted = _messages().filter(phone__isnull=False).annotate(total=Window(Count("pk")))
    newest = list(counted.order_by("-pk")[:_MOST_SHOWN])
    # Counted in the statement that reads them: what came since we looked is among them too.
    now = replace(now, messages=newest[0].total if newest else 0)
    fresh = now.messages - seen.messages
    sent = newest[: min(fresh + _SENT_AGAIN, _MOST_SHOWN)] if fresh else []
    context = {
        "bubbles": bubbles.show(reversed(sent)).values(),
        "looks": newest,
        "phones": SimulatedPhone.objects.all(),
        "business": settings.SIMULATOR["BUSINESS_NAME"],
        "seen": asdict(now),
    }
    return render(request, "simulator/updates.html", context)


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the business that a message of its came into view, and answer its ticks."""
    message = get_object_or_404(SimulatedMessage, pk=pk, is_from_person=False)
    if message.status == Status.DELIVERED:
        statuses.read(message)
        message.refresh_from_db()
    return render(request, "simulator/ticks.html", {"message": message})


def _screens() -> list[Screen]:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    newest = _messages().order_by("-pk")
    phones = SimulatedPhone.objects.prefetch_related(
        Prefetch("messages", newest.filter(created_at__lt=midnight)[:_MOST_SHOWN], "earlier"),
        Prefetch("messages", newest.filter(created_at__gte=midnight)[:_MOST_SHOWN], "today"),
    )
    shown = bubbles.show(
        message for phone in phones for message in (*_of(phone, "earlier"), *_of(phone, "today"))
    )
    return [
        Screen(
            phone=phone,
            earlier=[shown[message.pk] for message in _of(phone, "earlier")],
            today=[shown[message.pk] for message in _of(phone, "today")],
        )
        for phone in phones
    ]


def _messages() -> QuerySet[SimulatedMessage]:
    return SimulatedMessage.objects.select_related("flow_session")


def _of(phone: SimulatedPhone, part: str) -> Iterable[SimulatedMessage]:
    """Return what was prefetched under that name, oldest first."""
    messages: list[SimulatedMessage] = getattr(phone, part)
    return reversed(messages)
