"""Updates about people, built as `updates.read` returns them, and the contacts they come to."""

from datetime import UTC, datetime, timedelta
from typing import Any

from whatsapp import contacts, updates
from whatsapp.models import Contact

OURS = "106540352242922"
# Whole seconds, as Meta tells them.
NOW = datetime.now(UTC).replace(microsecond=0)

Told = updates.Text | updates.SystemChange | updates.PreferenceChange


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


def text(
    wa_id: str | None = None, user_id: str | None = None, at: datetime = NOW, body: str = "oi"
) -> updates.Text:
    """Return a message that somebody wrote."""
    sender = updates.Sender(wa_id=wa_id, user_id=user_id, name=None)
    return updates.Text(
        key="message",
        phone_number_id=OURS,
        sender=sender,
        message_id="wamid.1",
        at=at,
        context_message_id=None,
        body=body,
    )


def moved(
    *,
    wa_id: str | None = None,
    user_id: str | None = None,
    previous_wa_id: str | None = None,
    previous_user_id: str | None = None,
    at: datetime = NOW,
) -> updates.SystemChange:
    """Return what WhatsApp tells when somebody changes their number, or only their user id."""
    kind = updates.SystemChangeKind
    return updates.SystemChange(
        key="system",
        phone_number_id=OURS,
        kind=kind.NUMBER if wa_id else kind.USER_ID,
        message_id="wamid.2",
        at=at,
        wa_id=wa_id,
        previous_wa_id=previous_wa_id,
        user_id=user_id,
        previous_user_id=previous_user_id,
    )


def prefers(
    value: str,
    wa_id: str | None = None,
    user_id: str | None = None,
    at: datetime = NOW,
    category: str = "marketing_messages",
) -> updates.PreferenceChange:
    """Return what WhatsApp tells when somebody stops or resumes marketing."""
    return updates.PreferenceChange(
        key="preference",
        phone_number_id=OURS,
        wa_id=wa_id,
        user_id=user_id,
        category=category,
        preference=updates.Preference(value),
        at=at,
        details=None,
    )


def tell(*told: Told) -> Contact:
    """Tell `contacts` one after the other, as the inbox does; return the last one's contact.

    Who writes "parar" is opted out, and who writes "voltar" is opted in.
    """
    for update in told:
        match update:
            case updates.SystemChange():
                contact = contacts.follow(update)
            case updates.PreferenceChange():
                contact = contacts.prefer(update)
            case updates.Text(body="parar"):
                contact = contacts.heard(update)
                contact = contacts.opt_out(contact, at=update.at, source={})
            case updates.Text(body="voltar"):
                contact = contacts.heard(update)
                contact = contacts.opt_in(contact, at=update.at, proof={"text": update.body})
            case _:
                contact = contacts.heard(update)
    return contact


def rows() -> list[dict[str, Any]]:
    """Return all contacts but for their keys, in an order of their own."""
    names = [field.name for field in Contact._meta.fields if field.name not in {"id", "created_at"}]
    return sorted(Contact.objects.values(*names), key=str)
