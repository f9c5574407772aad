"""What comes in at the webhook, whoever sends it."""

import json
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.security import hooks, raw
from tests.security.checks import check
from tests.security.conftest import Service, until

EVENTS = "SELECT count(*) FROM whatsapp_webhookevent"
# What becomes of our own messages is told meanwhile, and is nothing that anybody wrote.
WRITTEN = "SELECT count(*) FROM whatsapp_incomingupdate WHERE contact_id IS NOT NULL"
WAITING = "SELECT count(*) FROM whatsapp_webhookevent WHERE split_at IS NULL AND error = ''"
UNDONE = "SELECT count(*) FROM whatsapp_incomingupdate WHERE processed_at IS NULL"


def count(service: Service, sql: str) -> int:
    return int(service.rows(sql)[0][0])


def settle(service: Service) -> None:
    """Wait until the worker has nothing left to take apart or to process."""
    until(lambda: count(service, WAITING) == 0 and count(service, UNDONE) == 0, seconds=40)


@check(20, "Only a right signature over the raw bytes is heard", owasp="API2", asvs="4.1.5, 11.2.4")
def test_signatures(service: Service) -> None:
    body = hooks.body(hooks.text(service.person(), "ajuda"))
    right = hooks.signature(body)
    before = count(service, EVENTS)
    refused = {
        "none": "",
        "another secret": hooks.signature(body, secret="another"),
        "an empty secret": hooks.signature(body, secret=""),
        "another body": hooks.signature(body + b" "),
        "upper case": right.upper(),
        "the digest alone": right.removeprefix("sha256="),
        "SHA-1": "sha1=" + right.removeprefix("sha256=")[:40],
        "cut short": right[:-1],
        "one more": right + "0",
        "the scheme alone": "sha256=",
        "two": f"{right}, {right}",
    }
    answers = {what: hooks.post(service, body, signed=signed) for what, signed in refused.items()}
    assert {(a.status_code, a.text) for a in answers.values()} == {(403, "Forbidden")}, answers
    assert count(service, EVENTS) == before
    assert hooks.post(service, body).status_code == 200
    assert count(service, EVENTS) == before + 1
    settle(service)


@check(21, "A webhook replayed a hundred times counts once", owasp="API6", asvs="2.3.4, 15.4.2")
def test_replay(service: Service) -> None:
    person = service.person()
    body = hooks.body(hooks.text(person, "status"))
    before = count(service, WRITTEN)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: hooks.post(service, body), range(100)))
    assert {answer.status_code for answer in answers} == {200}
    settle(service)
    assert count(service, WRITTEN) == before + 1
    until(lambda: len(service.phone(person).messages()) >= 1)
    settle(service)
    assert len(service.phone(person).messages()) == 1


@check(22, "Bombs, deep JSON and bad text break nothing", owasp="API4", asvs="5.2.3, 1.5.2, 15.2.2")
def test_bombs(service: Service) -> None:
    bomb = hooks.bomb()
    for encoding in ("gzip", "deflate", "br", "zstd", "GZIP"):
        answer = hooks.post(service, bomb, **{"Content-Encoding": encoding})
        assert answer.status_code == 415, encoding
    assert hooks.post(service, b"a" * (3 * 2**20 + 2)).status_code == 413
    harmless = [
        b"",
        b"[" * 100_000,
        b'{"entry": ' * 50_000 + b"1" + b"}" * 50_000,
        b"\xff\xfe\x00{}",
        '{"object": "caf\ud800"}'.encode("utf-8", "surrogatepass"),
        b'{"entry": NaN}',
        b'{"entry": 1e999999}',
        b'{"entry": ' + b"9" * 100_000 + b"}",
        b'{"entry": [{"changes": [{"value": {"messages": [{"id": "\\u0000"}]}}]}]}',
        b"null",
    ]
    before = count(service, WRITTEN)
    for body in harmless:
        assert hooks.post(service, body).status_code == 200, body[:40]
    settle(service)
    assert count(service, WRITTEN) == before
    assert requests.get(f"{service.url}/healthz", timeout=10).status_code == 200


@check(
    23, "What is told of another business's number does nothing", owasp="API10", asvs="2.2.1, 8.4.1"
)
def test_foreign_numbers(service: Service) -> None:
    person = service.person()
    foreign = hooks.body(hooks.text(person, "conectar nubank"), number="999999999999999")
    assert hooks.post(service, foreign).status_code == 200
    others = json.loads(hooks.body(hooks.text(person, "conectar nubank")))
    others["object"] = "instagram"
    assert hooks.post(service, json.dumps(others).encode()).status_code == 200
    settle(service)
    assert service.phone(person).messages() == []
    assert service.flows(person) == 0


@check(
    24,
    "The handshake answers only to its token, and as plain text",
    owasp="API2",
    asvs="3.2.1, 1.2.1",
)
def test_handshake(service: Service) -> None:
    def ask(**given: str) -> requests.Response:
        params = {f"hub.{name}": value for name, value in given.items()}
        return requests.get(service.url + hooks.PATH, params=params, timeout=10)

    script = "<script>alert(1)</script>"
    right = {"mode": "subscribe", "verify_token": "test-verify-token", "challenge": script}
    answer = ask(**right)
    assert (answer.status_code, answer.text) == (200, script)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    for wrong in ({"verify_token": "x"}, {"verify_token": ""}, {"mode": "unsubscribe"}):
        refused = ask(**(right | wrong))
        assert (refused.status_code, refused.text) == (403, "Forbidden"), wrong
    assert raw.call(service.url, path=hooks.PATH, verb="DELETE").status == 405
