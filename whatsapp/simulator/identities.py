"""How WhatsApp knows a person: the number, the business-scoped id, and whether both are told."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from whatsapp.simulator.models import SimulatedPhone
from whatsapp.simulator.models.messages import new_wamid
from whatsapp.simulator.models.phones import new_user_id
from whatsapp.simulator.webhooks import outgoing, values


def hide(phone: SimulatedPhone, *, hides: bool) -> None:
    """Leave the number out of webhooks from now on, as for a person with a username; or not."""
    phone.hides_number = hides
    phone.save(update_fields=["hides_number"])


def change_user_id(phone: SimulatedPhone) -> None:
    """Give the person another business-scoped id, and tell the business."""
    _change(phone, "user_changed_user_id", number={})


def change_number(phone: SimulatedPhone, *, number: str, wa_id: str = "") -> None:
    """Let the person move to another number, which gives them another id too (reference §1.4).

    Of one who hides it, only the id is told.
    """
    if phone.hides_number:
        phone.number, phone.wa_id = number, wa_id
        _change(phone, "user_changed_user_id", number={})
        return
    old = phone.digits
    phone.number, phone.wa_id = number, wa_id
    _change(phone, "user_changed_number", number={"wa_id": phone.digits}, sender={"from": old})


def prefer(phone: SimulatedPhone, *, wants: str) -> None:
    """Let the person `stop` or `resume` marketing messages in WhatsApp's own settings."""
    value = values.preference(phone, wants=wants, at=timezone.now())
    outgoing.add(value, field="user_preferences")


@transaction.atomic
def _change(
    phone: SimulatedPhone,
    kind: str,
    *,
    number: dict[str, str],
    sender: dict[str, str] | None = None,
) -> None:
    previous, phone.user_id = phone.user_id, new_user_id()
    phone.save(update_fields=["number", "wa_id", "user_id"])
    system: dict[str, Any] = {
        "type": kind,
        "body": f"User {phone.name} changed",
        **number,
        "user_id": phone.user_id,
        "previous_user_id": previous,
    }
    told = {
        **(sender or {}),
        "id": new_wamid(),
        "timestamp": values.seconds(timezone.now()),
        "type": "system",
        "system": system,
    }
    outgoing.add(values.system(told))
