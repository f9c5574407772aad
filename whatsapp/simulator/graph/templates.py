"""Templates: list, create and edit them; what becomes of one is told by webhook."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from whatsapp.simulator import reviews
from whatsapp.simulator.graph import asking, paging
from whatsapp.simulator.models import SimulatedTemplate
from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import approval

Status = SimulatedTemplate.Status

_MOST = 250
_TOO_MANY = 2388019
_TAKEN = 2388024
_NOT_NOW = 2388025
_EDITABLE = (Status.APPROVED, Status.REJECTED, Status.PAUSED)

FIELDS: paging.Fields[SimulatedTemplate] = {
    "name": lambda template: template.name,
    "language": lambda template: template.language,
    "status": lambda template: template.status,
    "category": lambda template: template.category,
    "parameter_format": lambda template: template.parameter_format,
    "components": lambda template: template.components,
    "rejected_reason": lambda template: template.rejected_reason,
    "quality_score": lambda _: {"score": "UNKNOWN"},
    "id": lambda template: template.meta_id,
}


@asking.answering("GET", "POST")
def templates(request: HttpRequest, node: str) -> HttpResponse:
    """List the account's templates, or create one."""
    asking.require_account(node)
    reviews.finish()
    if request.method == "POST":
        return _create(asking.parameters(request))
    rows = SimulatedTemplate.objects.all()
    if name := request.GET.get("name"):
        rows = rows.filter(name=name)
    return paging.page(request, rows, FIELDS)


def edit(template: SimulatedTemplate, changes: Mapping[str, Any]) -> HttpResponse:
    """Change what a template says; it is reviewed again."""
    reviews.finish()
    template.refresh_from_db()
    if template.status not in _EDITABLE:
        raise Refusal(
            100, f"A template that is {template.status} cannot be edited", subcode=_NOT_NOW
        )
    approval.check_components(changes.get("components"), category=template.category)
    template.components = changes["components"]
    template.submit()
    template.save(update_fields=["components", "status", "reviewed_at"])
    return asking.success()


def _create(content: Mapping[str, Any]) -> HttpResponse:
    approval.check_new(content)
    approval.check_components(content.get("components"), category=content["category"])
    if SimulatedTemplate.objects.count() >= _MOST:
        raise Refusal(100, f"An account has at most {_MOST} templates", subcode=_TOO_MANY)
    template = SimulatedTemplate(
        name=content["name"],
        language=content["language"],
        category=content["category"],
        parameter_format=content.get("parameter_format", "positional").upper(),
        components=content["components"],
    )
    template.submit()
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        raise Refusal(
            100, "There is a template with this name and language already", subcode=_TAKEN
        ) from error
    created = {"id": template.meta_id, "status": template.status, "category": template.category}
    return JsonResponse(created)
