"""One message of a person's, and what may be said to it.

The conversation's row is locked until the transaction ends, so that what is counted in it is exact
under any number of workers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from openfinance.models import Conversation
from whatsapp import contacts, outbox, updates
from whatsapp.messages import Message
from whatsapp.models import Contact, OutgoingMessage

# An answer costs money: nobody in a conversation needs this many, and a machine gets no more.
MOST_AN_HOUR = 20
# So many more confirm an opt-out or its end, which must not pass in silence.
CONFIRMATIONS_AN_HOUR = 4
# Webhooks may come days late. By then an answer is a surprise.
LATE_AFTER = timedelta(hours=3)
# What is typed this long after we asked for a bank's name is no longer the answer.
ASKING_LASTS = timedelta(hours=1)

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """`user` is None for a stranger; `began_at` is when we heard of what they wrote at `at`."""

    contact: Contact
    conversation: Conversation
    user: User | None
    message: updates.Message
    began_at: datetime

    @property
    def at(self) -> datetime:
        return self.message.at

    @property
    def is_late(self) -> bool:
        """Tell whether they wrote so long ago that they no longer wait for an answer."""
        return self.began_at - self.at > LATE_AFTER

    @property
    def is_asked_for_bank(self) -> bool:
        """Tell whether we wait for them to type a bank's name."""
        asked_at = self.conversation.asked_for_bank_at
        return asked_at is not None and self.at < asked_at + ASKING_LASTS

    def has_answers_left(self, *, most: int = MOST_AN_HOUR) -> bool:
        """Tell whether they got fewer answers than so many in the last hour."""
        return len(self._recent()) < most

    def say(self, message: Message) -> OutgoingMessage:
        """Queue a message to the address that they wrote from."""
        return outbox.queue(to=self.contact.address, message=message, user=self.user)

    def ask_for_bank(self) -> None:
        """Remember that they are asked for a bank's name."""
        self.conversation.asked_for_bank_at = self.began_at

    def take_help(self, *, every: timedelta | None = None) -> bool:
        """Tell whether they may be helped, and count it; `every` is how often, None for always."""
        helped_at = self.conversation.helped_at
        if every and helped_at and self.began_at - helped_at < every:
            return False
        self.conversation.helped_at = self.began_at
        return True

    def end(self, answer: OutgoingMessage | None) -> None:
        """Keep what is to be remembered; an answer that was on its way before is not counted."""
        recent = self._recent()
        if answer and answer.created_at >= self.began_at:
            recent.append(answer.created_at)
        self.conversation.answered_at = recent
        self.conversation.save()

    def _recent(self) -> list[datetime]:
        since = self.began_at - HOUR
        return [moment for moment in self.conversation.answered_at if moment > since]


def take(*, contact: Contact, message: updates.Message) -> Turn:
    """Return the turn that a person's message is; needs a transaction."""
    conversation, _ = Conversation.objects.select_for_update().get_or_create(contact=contact)
    return Turn(
        contact=contact,
        conversation=conversation,
        user=contacts.user_of(contact),
        message=message,
        began_at=timezone.now(),
    )
