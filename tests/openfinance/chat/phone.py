"""Somebody's phone: what is written and tapped on it is heard as the inbox hears it."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from tests.whatsapp.updates import recorded
from whatsapp import contacts, signals, updates
from whatsapp.models import Contact, OutgoingMessage

_numbers = count(1)

Messages = list[OutgoingMessage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """Each method returns the messages that were queued because of it."""

    wa_id: str | None = None
    user_id: str | None = None

    def writes(self, text: str, *, at: datetime | None = None) -> Messages:
        return self.hears(updates.Text(body=text, **self._facts(at=at)))

    def picks(self, row: str, *, on: str | None = None, at: datetime | None = None) -> Messages:
        facts = self._facts(at=at, on=on)
        return self.hears(updates.ListReply(id=row, title="Uma linha", description=None, **facts))

    def presses(self, button: str, *, title: str = "Um botão") -> Messages:
        return self.hears(updates.ButtonReply(id=button, title=title, **self._facts()))

    def replies(self, payload: str | None, *, text: str = "x", on: str | None = None) -> Messages:
        """Tap a quick reply of a template."""
        reply = updates.TemplateReply(payload=payload, text=text, **self._facts(on=on))
        return self.hears(reply)

    def finishes(self, token: str | None, *, on: str | None = None) -> Messages:
        """Close a WhatsApp Flow at its end."""
        facts = self._facts(on=on)
        return self.hears(updates.FlowReply(flow_token=token, response={}, **facts))

    def sends(self, name: str) -> Messages:
        """Send what a recorded payload has, as from this phone and now."""
        message: Any = recorded.only(name)
        facts = self._facts()
        sender, at, message_id = facts["sender"], facts["at"], facts["message_id"]
        return self.hears(replace(message, sender=sender, at=at, message_id=message_id))

    def hears(self, message: updates.Message) -> Messages:
        before = set(OutgoingMessage.objects.values_list("pk", flat=True))
        with transaction.atomic():
            contact = contacts.heard(message)
            signals.message_received.send(sender=type(message), contact=contact, message=message)
        return list(OutgoingMessage.objects.exclude(pk__in=before).order_by("created_at"))

    def contact(self) -> Contact:
        return Contact.objects.get(wa_id=self.wa_id)

    def _facts(self, *, at: datetime | None = None, on: str | None = None) -> dict[str, Any]:
        message_id = f"wamid.in{next(_numbers)}"
        return {
            "key": message_id,
            "phone_number_id": recorded.NUMBER,
            "sender": updates.Sender(wa_id=self.wa_id, user_id=self.user_id, name=None),
            "message_id": message_id,
            "at": at or timezone.now(),
            "context_message_id": on,
        }


def of(user: User) -> Phone:
    return Phone(wa_id=user.phone.removeprefix("+"))


def arrive(message: OutgoingMessage, whatsapp_id: str = "wamid.ours") -> str:
    """Let WhatsApp take a message; return the id that it gives to it."""
    OutgoingMessage.objects.filter(pk=message.pk).update(
        status=OutgoingMessage.Status.ACCEPTED, whatsapp_id=whatsapp_id
    )
    return whatsapp_id


def text(messages: Messages) -> str:
    """Return the words of the only message there is."""
    (message,) = messages
    content = message.payload[message.payload["type"]]
    return str(content["body"] if message.kind == "text" else content["body"]["text"])


def rows(messages: Messages) -> list[str]:
    """Return the ids of the rows of the only message there is, a list."""
    (message,) = messages
    (section,) = message.payload["interactive"]["action"]["sections"]
    return [row["id"] for row in section["rows"]]


def buttons(messages: Messages) -> list[str]:
    """Return the ids of the reply buttons of the only message there is."""
    (message,) = messages
    return [each["reply"]["id"] for each in message.payload["interactive"]["action"]["buttons"]]


def kinds(messages: Messages) -> list[str]:
    return [message.kind for message in messages]
