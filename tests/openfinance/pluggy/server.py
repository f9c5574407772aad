"""Pluggy on this machine, over real HTTP: keys that end, items, their consents, and its faults."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.openfinance.pluggy import recordings

CLIENT_ID = "4f0c9a5e-0b54-4f5c-8d1a-6b1f7c1e2d3c"
CLIENT_SECRET = "the-client-secret"
PAGE = 2

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: Any


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer out of the ordinary: `trickle` sends its body a byte each so many seconds."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    trickle: float = 0.0
    hangs_up: bool = False


@dataclass(eq=False)
class Pluggy:
    """What the server knows and what it was asked; a test reads and changes it."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    connect_tokens: dict[str, Json] = field(default_factory=dict)
    items: dict[str, Json] = field(default_factory=dict)
    consents: dict[str, list[Json]] = field(default_factory=dict)
    connectors: list[Json] = field(default_factory=lambda: recordings.load("connectors"))
    faults: dict[str, Fault] = field(default_factory=dict)
    auth_pause: float = 0.0
    key_refusal: int = 403
    deleted_status: int = 204

    def add_item(self, *, user: str, connector_id: int = 601, **changes: Any) -> str:
        """Keep a new item, with no consent yet, and return its id."""
        item = recordings.load("item")
        now = datetime.now(UTC).isoformat()
        facts = {"id": str(uuid.uuid4()), "clientUserId": user, "createdAt": now, "updatedAt": now}
        item.update({**facts, **changes})
        item["connector"]["id"] = connector_id
        self.items[item["id"]] = item
        self.consents[item["id"]] = []
        return str(item["id"])

    def agree(self, item_id: str, **changes: Any) -> None:
        """Let the person of an item agree at their bank, once more."""
        now = datetime.now(UTC).isoformat()
        given = {"id": str(uuid.uuid4()), "itemId": item_id, "createdAt": now}
        self.consents[item_id].append({**recordings.load("consent"), **given, **changes})

    def fail(self, route: str, **fault: Any) -> None:
        """Answer every call of a route ("GET /items") so, until `faults` is cleared."""
        self.faults[route] = Fault(**fault)

    def expire_keys(self) -> None:
        self.keys.clear()

    def made(self, route: str) -> list[Call]:
        """Return the calls of a route so far."""
        method, path = route.split()
        return [c for c in self.calls if c.method == method and c.path.startswith(path)]

    def answer(self, call: Call) -> tuple[int, Any]:
        """Return a status and what to send with it."""
        if call.path == "/auth":
            return self._auth(call)
        if call.headers.get("X-API-KEY") not in self.keys:
            return self.key_refusal, {"message": "Missing or invalid authorization token"}
        kind, item_id = (*call.path.split("/"), "")[1:3]
        found: tuple[int, Any] = 404, {"code": 404, "message": "Alice's item was not found"}
        match call.method, kind:
            case "POST", "connect_token":
                token = f"connect-{uuid.uuid4()}"
                self.connect_tokens[token] = call.content
                found = 200, {"accessToken": token}
            case "GET", "items" if item_id in self.items:
                found = 200, self.items[item_id]
            case "DELETE", "items" if self.items.pop(item_id, None):
                found = self.deleted_status, None if self.deleted_status == 204 else {"count": 1}
            case "GET", "consents":
                found = 200, _page(self.consents.get(call.query["itemId"], []), call)
            case "GET", "connectors":
                found = 200, _page(self.connectors, call)
        return found

    def _auth(self, call: Call) -> tuple[int, Any]:
        time.sleep(self.auth_pause)
        if call.content != {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}:
            return 401, {"code": 401, "codeDescription": "CLIENT_KEYS_INVALID", "message": "No"}
        key = f"key-{uuid.uuid4()}"
        self.keys.add(key)
        return 200, {"apiKey": key}


def _page(rows: list[Json], call: Call) -> Json:
    number = int(call.query.get("page", "1"))
    pages = max(1, -(-len(rows) // PAGE))
    shown = rows[(number - 1) * PAGE : number * PAGE]
    return {"page": number, "total": len(rows), "totalPages": pages, "results": shown}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pluggy = Pluggy(url=f"http://127.0.0.1:{self.server_port}")

    def handle_error(self, *args: Any) -> None:
        """Whoever hangs up on a trickle is no error of the server."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # one packet an answer: with two, the second waits for an acknowledgement

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        parts, pluggy = urlsplit(self.path), self.server.pluggy
        call = Call(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            headers=dict(self.headers.items()),
            content=json.loads(self.rfile.read(length)) if length else None,
        )
        pluggy.calls.append(call)
        fault = pluggy.faults.get(f"{call.method} /{call.path.split('/')[1]}")
        if fault:
            self._fail(fault)
        else:
            status, content = pluggy.answer(call)
            self._send(status, b"" if content is None else json.dumps(content).encode(), {})

    do_POST = do_DELETE = do_GET  # noqa: N815

    def _fail(self, fault: Fault) -> None:
        time.sleep(fault.pause)
        if fault.hangs_up:
            self.close_connection = True
        elif fault.trickle:
            self._send(fault.status, b"", fault.headers, length=len(fault.body))
            for byte in fault.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(fault.trickle)
        else:
            self._send(fault.status, fault.body, fault.headers)

    def _send(
        self, status: int, body: bytes, headers: dict[str, str], *, length: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        if status != 204:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Keep the tests' output clean."""


@contextmanager
def running() -> Iterator[Pluggy]:
    """Start the server on a free port."""
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.pluggy
        server.shutdown()
        thread.join()
