"""The page with the phones, and what keeps it up to date without a reload."""

from dataclasses import asdict, dataclass

from django.conf import settings
from django.db.models import Count, Min, Prefetch
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from whatsapp.simulator.control import FaultForm
from whatsapp.simulator.models import Fault, SimulatedMessage, SimulatedPhone

# What htmx itself understands as "nothing to swap".
_NOTHING_NEW = 204
# A benchmark leaves thousands; nobody scrolls that far.
_MOST_SHOWN = 50
# Sent again with what is new, and left out by the page where it has them.
_SENT_AGAIN = 20

Status = SimulatedMessage.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a page shows, for telling whether there is anything new.

    Messages are counted because the newest id would not do: with several writers a lower id may
    become visible after a higher one.
    """

    phones: int
    oldest: int
    messages: int

    @classmethod
    def now(cls) -> "Seen":
        """Look at the database; `oldest` is the id of the first message, 0 without any."""
        found = SimulatedMessage.objects.filter(phone__isnull=False).aggregate(
            oldest=Min("pk", default=0), messages=Count("pk")
        )
        return cls(phones=SimulatedPhone.objects.count(), **found)

    @classmethod
    def by_page(cls, given: QueryDict) -> "Seen":
        """Read what a page says of itself; what it does not say is 0."""
        names = ("phones", "oldest", "messages")
        told = {name: given.get(name, "") for name in names}
        return cls(**{name: int(told[name]) if told[name].isdecimal() else 0 for name in names})

    def is_another_story(self, seen: "Seen") -> bool:
        """Say whether phones came or messages went, so that the page must be loaded again."""
        were_forgotten = seen.oldest not in {0, self.oldest} or self.messages < seen.messages
        return self.phones != seen.phones or were_forgotten


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show every phone with its newest messages."""
    fault = Fault.objects.current()
    context = {
        "phones": _phones(),
        "business": settings.SIMULATOR["BUSINESS_NAME"],
        "seen": asdict(Seen.now()),
        "fault": fault,
        "form": FaultForm(instance=fault, initial={"times": fault.remaining}),
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
    most = min(now.messages - seen.messages + _SENT_AGAIN, _MOST_SHOWN)
    newest = SimulatedMessage.objects.filter(phone__isnull=False).order_by("-pk")[:most]
    context = {"messages": reversed(newest), "seen": asdict(now)}
    return render(request, "simulator/updates.html", context)


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a message that came into view, and answer its ticks."""
    SimulatedMessage.objects.filter(pk=pk, status=Status.DELIVERED).update(status=Status.READ)
    message = get_object_or_404(SimulatedMessage, pk=pk)
    return render(request, "simulator/ticks.html", {"message": message})


def _phones() -> list[SimulatedPhone]:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    newest = SimulatedMessage.objects.order_by("-pk")
    earlier = newest.filter(created_at__lt=midnight)[:_MOST_SHOWN]
    today = newest.filter(created_at__gte=midnight)[:_MOST_SHOWN]
    return list(
        SimulatedPhone.objects.prefetch_related(
            Prefetch("messages", earlier, to_attr="earlier"),
            Prefetch("messages", today, to_attr="today"),
        )
    )
