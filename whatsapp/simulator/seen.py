"""What a page shows, for telling whether there is anything new."""

from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q
from django.http.request import QueryDict
from django.utils import timezone

from whatsapp.simulator.models import FlowSession, SimulatedMessage, SimulatedPhone

_ALL_BUT_SENT = [status for status in SimulatedMessage.Status if status != "sent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a page shows.

    Messages are counted because the newest id would not do: with several writers a lower id may
    become visible after a higher one. `look` changes with the ticks, the windows and
    the Flows that ended.
    """

    phones: int
    oldest: int
    messages: int
    look: str

    @classmethod
    def now(cls) -> "Seen":
        """Look at the database; `oldest` is the id of the first message, 0 without any."""
        shown = SimulatedMessage.objects.filter(phone__isnull=False)
        statuses = {status.value: Count("pk", Q(status=status)) for status in _ALL_BUT_SENT}
        found = shown.aggregate(oldest=Min("pk", default=0), messages=Count("pk"), **statuses)
        ended = FlowSession.objects.filter(ended_at__isnull=False).count()
        windows = SimulatedPhone.objects.aggregate(
            phones=Count("pk"),
            open=Count("pk", Q(window_ends_at__gt=timezone.now())),
            latest=Max("window_ends_at"),
        )
        latest = int(windows["latest"].timestamp()) if windows["latest"] else 0
        counts = [found[status.value] for status in _ALL_BUT_SENT]
        return cls(
            phones=windows["phones"],
            oldest=found["oldest"],
            messages=found["messages"],
            look="-".join(map(str, [*counts, windows["open"], latest, ended])),
        )

    @classmethod
    def by_page(cls, given: QueryDict) -> "Seen":
        """Read what a page says of itself; a number that it does not say is 0."""
        told = {name: given.get(name, "") for name in ("phones", "oldest", "messages")}
        numbers = {name: int(text) if text.isdecimal() else 0 for name, text in told.items()}
        return cls(**numbers, look=given.get("look", ""))

    def is_another_story(self, seen: "Seen") -> bool:
        """Say whether phones came or messages went, so that the page must be loaded again."""
        were_forgotten = seen.oldest not in {0, self.oldest} or self.messages < seen.messages
        return self.phones != seen.phones or were_forgotten
