"""Publish a WhatsApp Flow: each step looks first what Meta has, so a run that was cut off goes on.

A published Flow cannot be changed. What it shows is in its name, as a hash, so that a changed
definition is another Flow, and no run creates one that is there already.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils import timezone

from whatsapp.models import NativeFlow
from whatsapp.native_flow.definition import version_hash
from whatsapp.providers.management import Json, Management

Status = NativeFlow.Status

_CATEGORIES = ["OTHER"]
_FIELDS = "id,name,status,endpoint_uri"
# Enough of the hash to tell versions apart.
_VERSION = 12


class InvalidFlow(Exception):
    """Meta found the Flow JSON invalid; each argument is a problem with its place."""

    def __str__(self) -> str:
        return "\n".join(map(str, self.args))


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is to be at Meta: a Flow by its base name, its data endpoint, and the key it needs.

    `report` is told each thing that is done.
    """

    client: Management
    name: str
    definition: Mapping[str, object]
    endpoint_uri: str
    public_key_pem: str
    report: Callable[[str], None]


def publish(wanted: Publication) -> NativeFlow:
    """Bring Meta in line, and return the row of the Flow that is published now.

    The row may say THROTTLED or BLOCKED, which only Meta can end. Raises InvalidFlow, and
    management's errors; the next run goes on from there.
    """
    _upload_key(wanted)
    found = _at_meta(wanted)
    _refresh_rows(found)
    version = version_hash(wanted.definition)
    flow = _current(wanted, found, version) or _create(wanted, found, version)
    row, _ = NativeFlow.objects.get_or_create(
        meta_id=str(flow["id"]), defaults={"name": flow["name"], "version_hash": version}
    )
    if flow.get("endpoint_uri") != wanted.endpoint_uri:
        wanted.client.post(row.meta_id, {"endpoint_uri": wanted.endpoint_uri})
        wanted.report(f"Flow {row.meta_id}: its endpoint is now {wanted.endpoint_uri}")
    row.status = Status(flow["status"])
    if row.status == Status.DRAFT:
        _upload(wanted, row)
        wanted.client.post(f"{row.meta_id}/publish", {})
        row.status, row.published_at = Status.PUBLISHED, timezone.now()
        wanted.report(f"Flow {row.meta_id}: published")
    else:
        row.published_at = row.published_at or timezone.now()
        wanted.report(f"Flow {row.meta_id}: {row.status}, unchanged")
    row.save()
    _deprecate_others(wanted, found, row)
    return row


def _upload_key(wanted: Publication) -> None:
    path = f"{wanted.client.phone_number_id}/whatsapp_business_encryption"
    data = wanted.client.get(path).get("data")
    held = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    is_ours = str(held.get("business_public_key")).split() == wanted.public_key_pem.split()
    if is_ours and held.get("business_public_key_signature_status") == "VALID":
        wanted.report("Public key: unchanged")
        return
    wanted.client.post_form(path, {"business_public_key": wanted.public_key_pem})
    wanted.report("Public key: uploaded")


def _at_meta(wanted: Publication) -> list[Json]:
    """Return the versions of this Flow that Meta has."""
    listed = wanted.client.pages(f"{wanted.client.account_id}/flows", fields=_FIELDS)
    versions = [flow for flow in listed if str(flow.get("name")).startswith(f"{wanted.name}-")]
    return [flow for flow in versions if flow.get("status") in Status.values]


def _refresh_rows(found: list[Json]) -> None:
    for flow in found:
        NativeFlow.objects.filter(meta_id=str(flow["id"])).update(status=flow["status"])


def _current(wanted: Publication, found: list[Json], version: str) -> Json | None:
    """Return the Flow of this version that is in use, or can still be; None when there is none."""
    prefix = f"{wanted.name}-{version[:_VERSION]}"
    mine = [flow for flow in found if str(flow["name"]).startswith(prefix)]
    return next((flow for flow in mine if flow["status"] != Status.DEPRECATED), None)


def _create(wanted: Publication, found: list[Json], version: str) -> Json:
    name = f"{wanted.name}-{version[:_VERSION]}"
    # A name is taken for ever, also by a version that was replaced and now comes back.
    taken = sum(str(flow["name"]).startswith(name) for flow in found)
    name = f"{name}-{taken + 1}" if taken else name
    content: Json = {
        "name": name,
        "categories": _CATEGORIES,
        "endpoint_uri": wanted.endpoint_uri,
    }
    older = [flow for flow in found if flow["status"] == Status.PUBLISHED]
    if older:
        content["clone_flow_id"] = str(older[0]["id"])
    created = wanted.client.post(f"{wanted.client.account_id}/flows", content)
    wanted.report(f"Flow {created['id']}: created as {name}")
    return {**content, "id": created["id"], "status": Status.DRAFT}


def _upload(wanted: Publication, row: NativeFlow) -> None:
    content = json.dumps(wanted.definition, ensure_ascii=False).encode()
    answer = wanted.client.post_form(
        f"{row.meta_id}/assets",
        {"name": "flow.json", "asset_type": "FLOW_JSON"},
        file=("flow.json", content, "application/json"),
    )
    if problems := answer.get("validation_errors"):
        raise InvalidFlow(*(_problem(problem) for problem in problems))
    wanted.report(f"Flow {row.meta_id}: screens uploaded")


def _problem(problem: Json) -> str:
    pointers = [str(pointer.get("path")) for pointer in problem.get("pointers") or []]
    lines = [f"line {problem['line_start']}"] if "line_start" in problem else []
    place = ", ".join(pointers + lines) or "flow"
    return f"{place}: {problem.get('message') or problem.get('error')}"


def _deprecate_others(wanted: Publication, found: list[Json], row: NativeFlow) -> None:
    """Take the older versions out of use, last: until here they were what could be sent."""
    for flow in found:
        if str(flow["id"]) == row.meta_id or flow["status"] in (Status.DRAFT, Status.DEPRECATED):
            continue
        wanted.client.post(f"{flow['id']}/deprecate", {})
        NativeFlow.objects.filter(meta_id=str(flow["id"])).update(status=Status.DEPRECATED)
        wanted.report(f"Flow {flow['id']}: deprecated")
