"""What the service says, and what it leaves out."""

import json
import re
import uuid

import requests

from tests.security import raw
from tests.security.checks import check
from tests.security.conftest import Service

CONNECTIONS = "/tools/api/get-open-finance-connections"
VERBS = ("HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW")


def _auth(key: str) -> bytes:
    return f"Authorization: Bearer {key}".encode()


@check(
    11,
    "Every verb but the documented ones is refused and sends nothing",
    owasp="API5",
    asvs="4.1.4, 13.4.4",
)
def test_verbs(service: Service) -> None:
    person = service.person()
    for verb in VERBS:
        answer = raw.call(service.url, _auth(person.key), verb=verb)
        assert answer.status == 405, verb
        assert answer.headers["Allow"] == "GET, POST, OPTIONS", verb
        assert person.key.encode() not in answer.body, verb
    assert raw.call(service.url, _auth(person.key), verb="OPTIONS").status == 200
    # Some proxies let a header say another verb.
    override = raw.call(
        service.url, _auth(person.key), b"X-HTTP-Method-Override: POST", verb="HEAD"
    )
    assert override.status == 405
    assert service.flows(person) == 0


@check(12, "A prefetch sends nothing", owasp="API6", asvs="3.5.3")
def test_prefetch(service: Service) -> None:
    person = service.person()
    for header in (
        b"Sec-Purpose: prefetch",
        b"Sec-Purpose: prefetch;prerender",
        b"Purpose: prefetch",
    ):
        answer = raw.call(service.url, _auth(person.key), header)
        assert (answer.status, json.loads(answer.body)["type"]) == (403, "prefetch_refused")
    assert service.flows(person) == 0


@check(
    13,
    "No answer may be cached or taken for something else",
    owasp="API8",
    asvs="14.3.2, 3.4.4, 4.1.1",
)
def test_headers_of_every_answer(service: Service) -> None:
    person = service.person()
    good = _auth(person.key)
    answers = {
        "accepted": raw.call(service.url, good),
        "refused": raw.call(service.url),
        "not allowed": raw.call(service.url, good, verb="DELETE"),
        "prefetched": raw.call(service.url, good, b"Purpose: prefetch"),
        "nowhere": raw.call(service.url, good, path="/tools/api/nothing"),
        "an unknown host": raw.call(service.url, good, host="evil.example"),
        "connections": raw.call(service.url, good, path=CONNECTIONS),
        "alive": raw.call(service.url, path="/healthz"),
    }
    for what, answer in answers.items():
        assert answer.headers["Cache-Control"] == "no-store", what
        assert answer.headers["X-Content-Type-Options"] == "nosniff", what
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"]), what
        assert answer.headers["Content-Type"] == "application/json", what
        json.loads(answer.body.decode())


@check(14, "No answer holds personal data", owasp="API3", asvs="14.2.6, 15.3.1, 8.2.3")
def test_no_personal_data(service: Service) -> None:
    person = service.person()
    texts = [
        service.call(person).text,
        requests.get(service.url + CONNECTIONS, headers=person.bearer, timeout=10).text,
    ]
    service.execute("UPDATE accounts_user SET phone_verified_at = NULL WHERE id = %s", person.id)
    texts.append(service.call(person).text)
    service.execute("DELETE FROM accounts_subscription WHERE user_id = %s", person.id)
    texts.append(service.call(person).text)
    types = [json.loads(text).get("type", "") for text in texts]
    assert types == ["", "", "phone_not_verified", "inactive_subscription"] or types[3] in types
    digits = person.phone.lstrip("+")
    for private in (digits, digits[2:], digits[-9:], digits[-8:], person.email, person.key, "Ana"):
        assert not any(private in text for text in texts), private


@check(
    15,
    "Errors are JSON with the request's id, and tell nothing of the inside",
    owasp="API8",
    asvs="16.5.1, 16.5.4, 13.4.2",
)
def test_errors_tell_nothing(service: Service) -> None:
    person = service.person()
    name = uuid.uuid4().hex
    service.execute("ALTER TABLE accounts_subscription RENAME TO mislaid")
    try:
        failed = service.call(person, headers={"X-Request-Id": name})
    finally:
        service.execute("ALTER TABLE mislaid RENAME TO accounts_subscription")
    assert (failed.status_code, failed.json()["type"]) == (500, "internal_error")
    assert failed.headers["X-Request-Id"] == name
    others = [
        raw.call(service.url, path="/nothing/here"),
        raw.call(service.url, path="/tools/api/get-open-finance-connection-flow/"),
        raw.call(service.url, path="/%00"),
        raw.call(service.url, path="/tools/api/%2e%2e/%2e%2e/etc/passwd"),
        raw.call(service.url, host="evil.example"),
    ]
    for answer in others:
        assert answer.status in (400, 404)
        assert set(json.loads(answer.body)) == {"error", "message", "type"}
    written = failed.text + "".join(answer.body.decode() for answer in others)
    for inside in ("Traceback", "subscription", "psycopg", "django", "/usr", ".py", "SELECT"):
        assert inside not in written, inside
    assert any(
        "UndefinedTable" in line for line in service.log.read_text().splitlines() if name in line
    )


@check(
    16, "A hostile request id forges no log line and no header", owasp="API8", asvs="16.4.1, 1.2.1"
)
def test_hostile_request_ids(service: Service) -> None:
    person = service.person()
    hostile = [
        b"a" * 65,
        b'x", "level": "CRITICAL',
        b"x\tlevel",
        "ção".encode(),
        person.key.encode(),
        b"%0d%0aSet-Cookie: x=1",
    ]
    for text in hostile:
        answer = raw.call(service.url, b"X-Request-Id: " + text)
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"]), text
        assert "Set-Cookie" not in answer.headers
    # Control characters, a folded line and a lone CR are in no header (RFC 9110 §5.5).
    for line in (
        b"X-Request-Id: \x1b[31mred",
        b"X-Request-Id: a\r\n b",
        b"X-A: b\rSet-Cookie: x=1",
    ):
        assert raw.call(service.url, line).status == 400, line
    for written in service.log.read_text().splitlines():
        assert "\x1b" not in written
        assert json.loads(written)["level"] != "CRITICAL"


@check(17, "Only configured origins may call from a browser", owasp="API8", asvs="3.4.2, 3.5.2")
def test_origins(service: Service) -> None:
    def preflight(origin: str) -> raw.Answer:
        return raw.call(
            service.url,
            f"Origin: {origin}".encode(),
            b"Access-Control-Request-Method: POST",
            b"Access-Control-Request-Headers: authorization, content-type",
            verb="OPTIONS",
        )

    allowed = preflight("https://app.example")
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://app.example"
    for origin in (
        "https://evil.example",
        "https://app.example.evil.example",
        "http://app.example",
        "https://app.example:444",
        "null",
    ):
        assert "Access-Control-Allow-Origin" not in preflight(origin).headers, origin
    assert "Access-Control-Allow-Credentials" not in allowed.headers


@check(18, "Another host's name opens nothing", owasp="API8", asvs="4.1.3, 3.7.2")
def test_unknown_hosts(service: Service) -> None:
    person = service.person()
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1:80@evil.example", "[::1", ""):
        answer = raw.send(
            service.url,
            f"GET {raw.PATH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {person.key}\r\n"
            "Connection: close\r\n\r\n".encode(),
        )
        assert answer.status == 400 or not host, host
    forwarded = raw.call(service.url, _auth(person.key), b"X-Forwarded-Host: evil.example")
    assert b"evil.example" not in forwarded.body
    assert service.flows(person) == 1


@check(
    19, "Ambiguous and oversized requests are refused", owasp="API4", asvs="4.2.1, 5.2.1, 15.2.2"
)
def test_ambiguous_and_oversized(service: Service) -> None:
    person = service.person()
    head = f"POST {raw.PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {person.key}\r\n"
    smuggled = (
        f"GET {raw.PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {person.key}\r\n\r\n"
    )
    for framing in (
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 1e3\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
    ):
        answer = raw.send(
            service.url, f"{head}{framing}Connection: close\r\n\r\n0\r\n\r\n{smuggled}".encode()
        )
        assert answer.status in (0, 400, 501), framing
    for lines in ([b"X-A: " + b"a" * 70_000], [b"X-A: b"] * 200):
        assert raw.call(service.url, *lines).status in (400, 431)
    assert raw.call(service.url, path="/" + "a" * 9000).status in (400, 414)
    assert service.flows(person) == 0
    big = requests.post(
        service.url + raw.PATH, headers=person.bearer, data=b"a" * 5_000_000, timeout=30
    )
    assert big.status_code in (200, 400, 413)
    assert service.call(service.person()).status_code == 200
