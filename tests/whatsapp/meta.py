"""Meta's management API, for `responses`: it keeps what it is told (reference §2.3, §6)."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from functools import partial
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses
from requests import PreparedRequest

ROOT = "https://graph.example/v26.0"
ACCOUNT = f"{ROOT}/102290129340398"
NUMBER = f"{ROOT}/106540352242922"

Json = dict[str, Any]
_Answer = tuple[int, dict[str, str], str]


class Killed(BaseException):
    """The process died in the middle of a request."""


@dataclass
class Meta:
    """What Meta holds, and what it was asked, as "POST message_templates"."""

    templates: list[Json] = field(default_factory=list)
    flows: dict[str, Json] = field(default_factory=dict)
    public_key: str = ""
    asked: list[str] = field(default_factory=list)
    # What comes back for the next creation or upload, instead of what would.
    refusal: Json | None = None
    problems: list[Json] = field(default_factory=list)
    new_status: str = "APPROVED"
    page_size: int = 2
    # The process dies at this request, counted from 1: before Meta hears of it, or after.
    dies_at: int = 0
    dies_after: bool = False
    _ids: Iterator[int] = field(default_factory=lambda: count(1001))

    def writes(self) -> list[str]:
        """Return what was asked for beside reading."""
        return [asked for asked in self.asked if asked.startswith("POST")]

    def flow_states(self) -> dict[str, str]:
        """Return the status of each Flow by its id."""
        return {key: flow["status"] for key, flow in self.flows.items()}

    def _template(self, request: PreparedRequest) -> Json:
        if request.method == "GET":
            return self._page(request)
        if self.refusal:
            return {"error": self.refusal}
        made = {"id": str(next(self._ids)), "status": self.new_status}
        self.templates.append(json.loads(request.body or "{}") | made)
        return made

    def _page(self, request: PreparedRequest) -> Json:
        query = parse_qs(urlsplit(str(request.url)).query)
        start = int(query.get("after", ["0"])[0])
        end = start + self.page_size
        page: Json = {"data": self.templates[start:end], "paging": {"cursors": {"after": str(end)}}}
        if end < len(self.templates):
            page["paging"]["next"] = "https://elsewhere.example/?access_token=leak"
        return page

    def _key(self, request: PreparedRequest) -> Json:
        if request.method == "GET":
            held = {"business_public_key": self.public_key}
            status = {"business_public_key_signature_status": "VALID"}
            return {"data": [held | status] if self.public_key else []}
        self.public_key = parse_qs(str(request.body))["business_public_key"][0]
        return {"success": True}

    def _flows(self, request: PreparedRequest) -> Json:
        if request.method == "GET":
            return {"data": list(self.flows.values())}
        key = str(next(self._ids))
        self.flows[key] = json.loads(request.body or "{}") | {"id": key, "status": "DRAFT"}
        return {"id": key, "success": True}

    def _assets(self, request: PreparedRequest) -> Json:
        flow = self.flows[_part(request, -2)]
        assert flow["status"] == "DRAFT"
        flow["json"] = json.loads(_multipart(request)["file"])
        return {"success": True, "validation_errors": self.problems}

    def _publish(self, request: PreparedRequest) -> Json:
        flow = self.flows[_part(request, -2)]
        assert flow.get("json")
        assert self.public_key
        flow["status"] = "PUBLISHED"
        return {"success": True}

    def _deprecate(self, request: PreparedRequest) -> Json:
        self.flows[_part(request, -2)]["status"] = "DEPRECATED"
        return {"success": True}

    def _change(self, request: PreparedRequest) -> Json:
        key, content = _part(request, -1), json.loads(request.body or "{}")
        if key in self.flows:
            self.flows[key].update(content)
            return {"success": True}
        if self.refusal:
            return {"error": self.refusal}
        (template,) = (template for template in self.templates if template["id"] == key)
        template.update(content | {"status": self.new_status})
        return {"success": True}

    def _route(self) -> list[tuple[str, Callable[[PreparedRequest], Json]]]:
        return [
            (rf"{ACCOUNT}/message_templates", self._template),
            (rf"{NUMBER}/whatsapp_business_encryption", self._key),
            (rf"{ACCOUNT}/flows", self._flows),
            (rf"{ROOT}/\d+/assets", self._assets),
            (rf"{ROOT}/\d+/publish", self._publish),
            (rf"{ROOT}/\d+/deprecate", self._deprecate),
            (rf"{ROOT}/\d+", self._change),
        ]

    def answer(self, act: Callable[[PreparedRequest], Json], request: PreparedRequest) -> _Answer:
        self.asked.append(f"{request.method} {_part(request, -1)}")
        dies = len(self.asked) == self.dies_at
        if dies and not self.dies_after:
            raise Killed
        assert request.headers["Authorization"] == "Bearer test-access-token"
        content = act(request)
        if dies:
            raise Killed
        return 400 if "error" in content else 200, {}, json.dumps(content)


def mocked(mock: responses.RequestsMock) -> Meta:
    """Answer as Meta does from now on."""
    meta = Meta()
    for pattern, act in meta._route():
        for method in (responses.GET, responses.POST):
            mock.add_callback(
                method,
                re.compile(rf"^{pattern}(\?.*)?$"),
                callback=partial(meta.answer, act),
            )
    return meta


def _part(request: PreparedRequest, index: int) -> str:
    return urlsplit(str(request.url)).path.split("/")[index]


def _multipart(request: PreparedRequest) -> dict[str, str]:
    """Return the fields of a form with a file."""
    assert isinstance(request.body, bytes)
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    parts = BytesParser().parsebytes(head + request.body).get_payload()
    assert isinstance(parts, list)
    fields = {}
    for part in parts:
        assert isinstance(part, Message)
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        fields[str(part.get_param("name", header="content-disposition"))] = content.decode()
    return fields
