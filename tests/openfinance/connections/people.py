"""A person on their way to the bank of tests and back, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from openfinance import choices, consents, trips
from openfinance.models import Bank as BankRow
from openfinance.models import Connection, ConnectionLink, Consent
from openfinance.permissions import Group
from openfinance.providers import Redirect
from tests import jobs
from tests.openfinance.connections.bank import Bank
from whatsapp.jobs import Queue
from whatsapp.models import OutgoingMessage

CPF = "76109277673"
PHONE = trips.Visitor(address="203.0.113.7", user_agent="Mozilla/5.0 (iPhone)")


@dataclass
class Trip:
    """What a person does with one bank."""

    user: User
    bank: Bank
    row: BankRow
    states: list[str] = field(default_factory=list)

    def link(self) -> ConnectionLink:
        """Choose the bank in the chat."""
        OutgoingMessage.objects.update(status=OutgoingMessage.Status.FAILED)  # no debounce
        via = ConnectionLink.Via.TEXT
        with transaction.atomic():
            return choices.choose(
                user=self.user, bank=self.row, via=via, to=self.user.phone, flow=None
            )

    def agrees(self, link: ConnectionLink | None = None, **changes: Any) -> Consent:
        said = {
            "groups": (Group.BALANCES, Group.TRANSACTIONS),
            "term_months": 12,
            "text": "Você concorda?",
            "cpf": CPF,
            "address": PHONE.address,
            "user_agent": PHONE.user_agent,
            **changes,
        }
        return consents.agree(link=link or self.link(), agreement=consents.Agreement(**said))

    def goes(self, consent: Consent) -> str:
        """Leave for the bank; return the state of this trip."""
        to = trips.begin(consent=consent, visitor=PHONE)
        assert isinstance(to, Redirect)
        state = self.bank.sends(to.url)
        self.states.append(state)
        return state

    def approves(self, state: str) -> Consent:
        return trips.finish(state=state, returned=self.bank.approve(state))

    def refuses(self, state: str) -> Consent:
        return trips.finish(state=state, returned=self.bank.refuse(state))

    def connects(self, **changes: Any) -> Consent:
        return self.approves(self.goes(self.agrees(**changes)))

    def connection(self) -> Connection:
        return Connection.objects.get(user=self.user, bank=self.row)

    def told(self) -> Sequence[str]:
        """Return the notices that were queued for them, oldest first."""
        rows = OutgoingMessage.objects.filter(notice__consent__connection__user=self.user)
        return [row.notice.kind for row in rows.order_by("created_at").select_related("notice")]


def words(message: OutgoingMessage) -> str:
    content = message.payload[message.payload["type"]]
    return str(content["body"] if message.kind == "text" else content["body"]["text"])


def run_jobs() -> list[str]:
    """Run what is enqueued for the domain; what is to be sent stays in its queue."""
    return jobs.run_all(later=True, queue=Queue.DOMAIN)


def fresh(consent: Consent) -> Consent:
    return Consent.objects.select_related("connection__bank").get(pk=consent.pk)


def is_due(*consents: Consent) -> None:
    """Let the time come at which the bank is to be asked."""
    pks = [consent.pk for consent in consents]
    Consent.objects.filter(pk__in=pks).update(check_due_at=timezone.now())
