"""Flows: create them, upload their screens, publish and deprecate them (reference §6.4)."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from whatsapp.simulator.flow_player.endpoint import Line
from whatsapp.simulator.flow_player.exceptions import FlowError
from whatsapp.simulator.graph import asking, paging
from whatsapp.simulator.models import EncryptionKey, SimulatedFlow
from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields, flow_json
from whatsapp.simulator.webhooks import outgoing, values

Json = dict[str, Any]

Status = SimulatedFlow.Status

_NAME_TAKEN = 4016019
_NO_UPDATE, _NO_PUBLISHING, _NO_DEPRECATING = 139001, 139002, 139003
_CATEGORIES = {
    *("SIGN_UP", "SIGN_IN", "APPOINTMENT_BOOKING", "LEAD_GENERATION", "CONTACT_US"),
    *("CUSTOMER_SUPPORT", "SURVEY", "OTHER"),
}
_LONGEST_NAME = 200
_LONGEST_ADDRESS = 2000
_ONE_HAS = ("name", "categories", "endpoint_uri")
_MAY_SAY = "name categories endpoint_uri clone_flow_id"


def _problems(flow: SimulatedFlow) -> list[Json]:
    return flow_json.problems(flow.flow_json) if flow.flow_json else []


FIELDS: paging.Fields[SimulatedFlow] = {
    "id": lambda flow: flow.flow_id,
    "name": lambda flow: flow.name,
    "status": lambda flow: flow.status,
    "categories": lambda flow: flow.categories,
    "endpoint_uri": lambda flow: flow.endpoint_uri,
    "json_version": lambda flow: (flow.flow_json or {}).get("version"),
    "validation_errors": _problems,
}


@asking.answering("GET", "POST")
def flows(request: HttpRequest, node: str) -> HttpResponse:
    """List the account's Flows, or create one, as a clone if asked for."""
    asking.require_account(node)
    if request.method == "GET":
        return paging.page(request, SimulatedFlow.objects.all(), FIELDS)
    content = fields.mapping(asking.parameters(request), "flow", allowed=_MAY_SAY)
    flow = SimulatedFlow()
    if clone_of := content.get("clone_flow_id"):
        flow.flow_json = find(str(clone_of)).flow_json
    _take(flow, content)
    flow.save()
    return asking.success(id=flow.flow_id, validation_errors=_problems(flow))


def find(node: str) -> SimulatedFlow:
    """Return a Flow by its id, or refuse."""
    flow = SimulatedFlow.objects.filter(flow_id=node).first()
    if flow is None:
        raise asking.no_such_object(node)
    return flow


def edit(flow: SimulatedFlow, changes: Mapping[str, Any]) -> HttpResponse:
    """Change a Flow's name, categories or endpoint; its screens are an asset."""
    _take(flow, {name: getattr(flow, name) for name in _ONE_HAS} | dict(changes))
    flow.save(update_fields=_ONE_HAS)
    return asking.success()


@asking.answering("POST")
def assets(request: HttpRequest, node: str) -> HttpResponse:
    """Upload a draft's screens; they are kept with what is wrong with them, which is told."""
    flow = find(node)
    file = request.FILES.get("file")
    if request.POST.get("asset_type") != "FLOW_JSON" or not isinstance(file, UploadedFile):
        raise Refusal(100, "Params file and asset_type=FLOW_JSON are required")
    if flow.status != Status.DRAFT:
        raise Refusal(_NO_UPDATE, f"A Flow that is {flow.status} cannot be changed")
    try:
        flow.flow_json = flow_json.parse(file.read())
    except flow_json.NotJson as error:
        return asking.success(validation_errors=[error.problem])
    flow.save(update_fields=["flow_json"])
    return asking.success(validation_errors=_problems(flow))


@asking.answering("POST")
def publish(request: HttpRequest, node: str) -> HttpResponse:
    """Publish a draft, once the endpoint answers what is encrypted for the uploaded key."""
    flow = find(node)
    if flow.status != Status.DRAFT:
        raise Refusal(_NO_PUBLISHING, f"A Flow that is {flow.status} cannot be published")
    if not flow.flow_json or _problems(flow):
        raise Refusal(_NO_PUBLISHING, "The Flow has no screens, or there are errors in them")
    _require_endpoint(flow)
    change(flow, status=Status.PUBLISHED)
    return asking.success()


@asking.answering("POST")
def deprecate(request: HttpRequest, node: str) -> HttpResponse:
    """Take a published Flow out of use."""
    flow = find(node)
    if flow.status in {Status.DRAFT, Status.DEPRECATED}:
        raise Refusal(_NO_DEPRECATING, f"A Flow that is {flow.status} cannot be deprecated")
    change(flow, status=Status.DEPRECATED)
    return asking.success()


@transaction.atomic
def change(flow: SimulatedFlow, *, status: str) -> None:
    """Give a Flow another status and tell the business, unless others were quicker."""
    old = flow.status
    same = SimulatedFlow.objects.filter(pk=flow.pk, status=old)
    if old != status and same.update(status=status):
        flow.status = status
        outgoing.add(values.flow_status(flow, old=old), field="flows")


def show(request: HttpRequest, flow: SimulatedFlow) -> JsonResponse:
    """Answer one Flow."""
    return paging.node(request, flow, FIELDS)


def _take(flow: SimulatedFlow, content: Mapping[str, Any]) -> None:
    """Take over what a request says of a Flow, unsaved."""
    name = str(content.get("name") or "")
    if not 0 < len(name) <= _LONGEST_NAME:
        raise Refusal(100, "Param name is required, with 1 to 200 characters")
    if SimulatedFlow.objects.filter(name=name).exclude(pk=flow.pk).exists():
        raise Refusal(100, "There is a Flow with this name already", subcode=_NAME_TAKEN)
    flow.name = name
    flow.categories = _categories(content.get("categories"))
    flow.endpoint_uri = str(content.get("endpoint_uri") or "")
    if len(flow.endpoint_uri) > _LONGEST_ADDRESS:
        raise Refusal(100, "Param endpoint_uri is too long")


def _categories(given: object) -> list[str]:
    """Return the categories, which a form gives as JSON."""
    try:
        names = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        names = None
    if not isinstance(names, list) or not names or not _CATEGORIES.issuperset(map(str, names)):
        raise Refusal(100, f"Param categories needs some of {', '.join(sorted(_CATEGORIES))}")
    return names


def _require_endpoint(flow: SimulatedFlow) -> None:
    """Refuse a Flow whose screens need an endpoint that does not answer a ping."""
    if "data_api_version" not in (flow.flow_json or {}):
        return
    key = EncryptionKey.objects.first()
    if key is None or not flow.endpoint_uri:
        raise Refusal(_NO_PUBLISHING, "The number has no public key, or the Flow no endpoint")
    line = Line(url=flow.endpoint_uri, public_key=key.public_key, fetch_key=lambda: key.public_key)
    version = (flow.flow_json or {})["data_api_version"]
    try:
        answer = line.ask({"version": version, "action": "ping"})
    except FlowError as error:
        raise Refusal(_NO_PUBLISHING, f"The endpoint does not answer a ping: {error}") from error
    if answer != {"data": {"status": "active"}}:
        raise Refusal(_NO_PUBLISHING, "The endpoint does not answer a ping as it should")
