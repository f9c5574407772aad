"""Who is who in one change: its list of contacts, looked up by id."""

from dataclasses import dataclass, field

from whatsapp.updates import fields
from whatsapp.updates.strict_json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """The contacts of a change, by business-scoped user id and by wa_id."""

    everyone: list[JsonObject]
    by_user_id: dict[str, JsonObject] = field(default_factory=dict)
    by_wa_id: dict[str, JsonObject] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for contact in self.everyone:
            if user_id := fields.identifier(contact, "user_id"):
                self.by_user_id[user_id] = contact
            if wa_id := fields.wa_id(contact, "wa_id"):
                self.by_wa_id[wa_id] = contact

    def find(self, *, user_id: str | None, wa_id: str | None) -> JsonObject | None:
        """Return the contact of the person an update names, None when it is not in the list.

        Two user ids are two people, whatever number they share. An update that names nobody is
        about the only contact of the list, if it has but one.
        """
        if user_id is None and wa_id is None:
            return self.everyone[0] if len(self.everyone) == 1 else None
        if known := self.by_user_id.get(user_id or ""):
            return known
        contact = self.by_wa_id.get(wa_id or "")
        if contact and user_id and fields.identifier(contact, "user_id"):
            return None
        return contact
