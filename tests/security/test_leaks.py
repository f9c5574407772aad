"""What is planted, and must be found nowhere: secrets and people in logs and rows."""

import json
import secrets
from typing import Any

import psycopg
import pytest
import requests
from psycopg import sql

from tests.security import hooks, raw
from tests.security.checks import check
from tests.security.conftest import Person, Serve, Service, until
from tests.security.test_pages import CPF, connected, link_of
from tests.security.test_webhooks import settle

TOKEN = "EAAcanary0token0that0nobody0may0read"
# They play Meta, a phone and a bank, and are in no production database.
_OTHER_PARTIES = ("simulator_", "sandbox_bank_")
# What the bank gave us of the last connection, as only the code that calls it may read it.
_REVEAL = """
import json
from accounts import sealed
from openfinance.models import Access
access = Access.objects.latest("pk")
columns = ("access_token", "refresh_token")
print(json.dumps([sealed.reveal(access, x, user=None, purpose="test") for x in columns]))"""
_TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name"""


@pytest.fixture(scope="module")
def watched(serve: Serve) -> Service:
    """Start a service whose log says everything, with an access token to look for."""
    return serve(LOG_LEVEL="DEBUG", WEB_ACCESS_LOG="-", WHATSAPP_ACCESS_TOKEN=TOKEN)


@pytest.fixture(scope="module")
def ana(watched: Service) -> Person:
    """Live a whole life: the call, a conversation, a bank, refusals and nonsense."""
    person = watched.person()
    watched.call(person)
    connected(watched, person)
    for words in (f"meu cpf é {CPF}", f"liga {person.phone}", person.email):
        hooks.post(watched, hooks.body(hooks.text(person, words)))
    watched.fault("refuse", code=131026, times=1)
    watched.call(watched.person())
    url = watched.url + raw.PATH
    requests.get(f"{url}?key={person.key}&phone={person.phone}", timeout=10)
    requests.get(f"{watched.url}/conectar/{person.phone}", timeout=10)
    settle(watched)
    return person


def _forms(person: Person) -> list[str]:
    digits = person.phone.lstrip("+")
    return [digits, digits[2:], digits[:4] + digits[5:], digits[-9:], digits[-8:]]


def _dump(service: Service) -> dict[str, str]:
    """Return every row of every table that is ours, as COPY writes it."""
    tables = [name for (name,) in service.rows(_TABLES) if not name.startswith(_OTHER_PARTIES)]
    written = {}
    with psycopg.connect(**service.parameters) as reader:
        for name in tables:
            statement = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))
            with reader.cursor().copy(statement) as rows:
                written[name] = b"".join(bytes(chunk) for chunk in rows).decode()
    return written


def _hexadecimal(text: str) -> str:
    return text.encode().hex()


@check(37, "No log line holds a secret or a person", owasp="API8", asvs="16.2.5, 14.2.4")
def test_canaries_in_logs(watched: Service, ana: Person) -> None:
    address = link_of(watched, ana, "itau")
    requests.get(address, timeout=10)
    written = watched.log.read_text()
    assert '"level": "DEBUG"' in written, "the canaries flew over a log that says nothing"
    planted = [TOKEN, ana.key, ana.email, CPF, address.rpartition("/")[2], *_forms(ana)]
    for canary in planted:
        lines = [line for line in written.splitlines() if canary in line]
        assert lines == [], canary


@check(
    38,
    "The database holds no secret, phone or CPF in the clear",
    owasp="API3",
    asvs="11.3.2, 14.2.4, 13.3.1",
)
def test_canaries_in_the_database(watched: Service, ana: Person) -> None:
    written = _dump(watched)
    assert ana.email in written["accounts_user"], "the search finds nothing at all"
    tokens = json.loads(watched.stack.manage("shell", "-v", "0", "-c", _REVEAL))
    assert len(tokens) == 2
    for canary in (TOKEN, ana.key, ana.key[8:-4], CPF, *tokens, *_forms(ana)):
        for table, rows in written.items():
            assert canary not in rows, (table, canary)
            assert _hexadecimal(canary) not in rows, (table, canary)


@check(
    39, "Line breaks and terminal codes forge nothing", owasp="API8", asvs="16.4.1, 1.3.3, 1.2.1"
)
def test_control_characters(watched: Service) -> None:
    person = watched.person()
    mark = secrets.token_hex(6)
    hostile = f'Ana\n{{"level": "CRITICAL", "mark": "{mark}"}}\r\x1b[2J\x1b]0;x\x07\u202e\u2028*_~`'
    watched.execute("UPDATE accounts_user SET name = %s WHERE id = %s", hostile, person.id)
    assert watched.call(person).status_code == 200
    for words in (hostile, f"conectar {hostile}", f"conectar \x1b[31m{mark}"):
        hooks.post(watched, hooks.body(hooks.text(person, words)))
    settle(watched)
    until(lambda: len(watched.phone(person).messages()) >= 2)
    for message in watched.phone(person).messages():
        for text in _texts(message["payload"]):
            assert not {"\x1b", "\r", "\x07", "\u202e", "\u2028"} & set(text), text
            assert mark not in text.partition("\n")[0] or "{" not in text
    for line in watched.log.read_text().splitlines():
        assert "\x1b" not in line
        assert json.loads(line)["level"] != "CRITICAL"


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [value] if isinstance(value, str) else []
