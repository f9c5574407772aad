"""Bring the templates at Meta in line with ours, and our rows in line with Meta."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet
from django.utils import timezone

from whatsapp.approved_templates import LANGUAGE, status_of
from whatsapp.models import MessageTemplate
from whatsapp.providers.management import Json, Management, Refused
from whatsapp.template_definitions import Definition, are_alike

Status = MessageTemplate.Status

_FIELDS = "id,name,language,status,category,components,rejected_reason"
# Meta edits no other ones.
_EDITABLE = (Status.APPROVED, Status.REJECTED, Status.PAUSED)


class Step(StrEnum):
    """What was done about one template or, in a dry run, would be."""

    CREATED = "created"
    EDITED = "edited"
    UNCHANGED = "unchanged"
    LEFT = "differs, left as it is"
    LOCKED = "differs, cannot be edited now"
    REFUSED = "refused by Meta"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One template, what was done about it, and its row as it is now."""

    definition: Definition
    step: Step
    row: MessageTemplate

    @property
    def is_recategorised(self) -> bool:
        """Tell whether Meta has it in another category than the one we ask for."""
        return bool(self.row.category) and self.row.category != self.definition.category


def sync(
    client: Management,
    definitions: Iterable[Definition],
    *,
    may_edit: Callable[[Definition], bool],
    dry_run: bool = False,
) -> list[Result]:
    """Create the templates that Meta does not have, edit those that differ, and store them all.

    `may_edit` decides about each one that is approved: Meta reviews it again meanwhile. What Meta
    refuses of one does not stop the others. Raises management's errors when Meta cannot be read.
    """
    wanted = list(definitions)
    run = _Run(client=client, may_edit=may_edit, dry_run=dry_run, found=_at_meta(client))
    results = []
    for definition in wanted:
        try:
            step, refusal = run.act(definition), ""
        except Refused as error:
            step, refusal = Step.REFUSED, str(error)
        results.append((definition, step, refusal))
    if {Step.CREATED, Step.EDITED} & {step for _, step, _ in results} and not dry_run:
        run.found |= _at_meta(client)
    return [run.store(*result) for result in results]


@dataclass(kw_only=True)
class _Run:
    client: Management
    may_edit: Callable[[Definition], bool]
    dry_run: bool
    found: dict[str, Json]

    def act(self, definition: Definition) -> Step:
        found = self.found.get(definition.name)
        if found is None:
            return self._create(definition)
        if definition.is_like(found.get("components", [])):
            return Step.UNCHANGED
        status = _status(found)
        if status not in _EDITABLE:
            return Step.LOCKED
        if self.dry_run:
            return Step.EDITED
        if status is Status.APPROVED and not self.may_edit(definition):
            return Step.LEFT
        # Should this process die, nobody sends it with what its old buttons stood for: its row is
        # not approved, and without its id no webhook approves it.
        _rows(definition).update(status=Status.PENDING, meta_id="")
        components = definition.content()["components"]
        self.client.post(str(found["id"]), {"components": components})
        return Step.EDITED

    def _create(self, definition: Definition) -> Step:
        if not self.dry_run:
            named = {"name": definition.name, "language": LANGUAGE, "category": definition.category}
            content = named | definition.content()
            answer = self.client.post(f"{self.client.account_id}/message_templates", content)
            # The list may not have it at once.
            self.found[definition.name] = content | answer
        return Step.CREATED

    def store(self, definition: Definition, step: Step, refusal: str) -> Result:
        row = _row(definition, self.found.get(definition.name), refusal)
        if not self.dry_run:
            row.save()
        return Result(definition=definition, step=step, row=row)


def _at_meta(client: Management) -> dict[str, Json]:
    listed = client.pages(f"{client.account_id}/message_templates", fields=_FIELDS)
    return {
        str(template.get("name")): template
        for template in listed
        if str(template.get("language")).replace("-", "_") == LANGUAGE
    }


def _rows(definition: Definition) -> QuerySet[MessageTemplate]:
    return MessageTemplate.objects.filter(name=definition.name, language=LANGUAGE)


def _row(definition: Definition, found: Json | None, refusal: str) -> MessageTemplate:
    """Return the template's row as Meta has it now, unsaved."""
    row = _rows(definition).first() or MessageTemplate(name=definition.name, language=LANGUAGE)
    row.synced_at = timezone.now()
    if found is None:
        row.meta_id, row.category = "", ""
        _become(row, Status.MISSING, refusal)
        return row
    components = found.get("components", [])
    row.category = str(found.get("category", ""))[:20]
    is_ours = definition.is_like(components)
    if not (is_ours or are_alike(row.components, components)):
        # Nobody knows what its buttons stand for, and no webhook may call it usable.
        row.meta_id, row.components, row.fills = "", components, {}
        _become(row, Status.OTHER, refusal or "o conteúdo na Meta não é o nosso")
        return row
    row.meta_id, row.components = str(found["id"]), components
    if is_ours:
        row.fills = dict(definition.fills)
    _become(row, _status(found), refusal or _reason(found))
    return row


def _become(row: MessageTemplate, status: MessageTemplate.Status, reason: str) -> None:
    if row.status != status:
        row.changed_at = None  # since when is for Meta to tell
    row.status, row.reason = status, reason[:500]


def _status(found: Json) -> MessageTemplate.Status:
    return status_of(str(found.get("status")).upper())


def _reason(found: Json) -> str:
    reason = str(found.get("rejected_reason") or "")
    status = str(found.get("status"))
    told = status if _status(found) is Status.OTHER else ""
    return ": ".join(filter(None, (told, "" if reason == "NONE" else reason)))
