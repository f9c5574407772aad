"""The life of a key, called over HTTP in two servers that share nothing but the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
import requests

from pierre.local import ports, stack
from pierre.local.expectations import PATH
from tests.stack.conftest import House, Service, tidy

pytestmark = pytest.mark.stack

CONNECTIONS = "/tools/api/get-open-finance-connections"


@dataclass(frozen=True, slots=True)
class Servers:
    """Two web servers of one database."""

    one: Service
    other: Service

    def command(self, *arguments: str) -> str:
        """Run a command in a process of its own and return what it printed."""
        return self.one.stack.manage(*arguments).strip()

    def issue(self, *options: str) -> str:
        return self.command("issue_api_key", "alice@example.com", *options)

    def roll(self, secret: str, overlap: str) -> str:
        return self.command("roll_api_key", shown(secret), "--overlap", overlap)

    def statuses(self, secret: str) -> list[int]:
        """Read with a key in the one server, then in the other."""
        return [read(service, secret).status_code for service in (self.one, self.other)]

    def expire(self, secret: str, *, by: str) -> None:
        """Let that much time pass for a key."""
        self.one.house.execute(
            f"UPDATE accounts_apikey SET expires_at = expires_at - interval '{by}'"
            f" WHERE {where(secret)}"
        )

    def ended(self, secret: str) -> list[str]:
        """Return the results of the events that say a key was revoked."""
        events = self.one.house.rows(
            "SELECT e.result FROM accounts_auditevent e JOIN accounts_apikey k"
            " ON e.target = 'accounts.apikey:' || k.id"
            f" WHERE e.act = 'key_revoked' AND {where(secret)}"
        )
        return [result for (result,) in events]


def shown(secret: str) -> str:
    return f"{secret[:8]}…{secret[-4:]}"


def where(secret: str) -> str:
    return f"prefix = '{secret[:8]}' AND last_four = '{secret[-4:]}'"


def read(service: Service, secret: str) -> requests.Response:
    """Call what has no effect."""
    headers = {"Authorization": f"Bearer {secret}"}
    return requests.get(service.stack.base_url + CONNECTIONS, headers=headers, timeout=60)


@pytest.fixture(scope="module")
def servers(home: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Start both once: each test has keys of its own."""
    tidy(home)
    log = tmp_path_factory.mktemp("keys") / "stack.log"
    with ExitStack() as cleanup:

        def start() -> Service:
            planned = stack.plan(
                port=ports.free(),
                simulator_port=ports.free(),
                PIERRE_DATABASE=home.name,
                API_USER_RATE="1000/m",
            )
            running = cleanup.enter_context(stack.running(planned, log=log))
            return Service(stack=running, house=home, log=log)

        yield Servers(start(), start())


def test_a_revoked_key_is_refused_by_the_very_next_call_in_every_process(
    servers: Servers,
) -> None:
    secret = servers.issue()
    assert servers.statuses(secret) == [200, 200]
    servers.command("revoke_api_key", shown(secret))
    assert servers.statuses(secret) == [401, 401]


def test_without_an_overlap_a_rolled_key_ends_at_once(servers: Servers) -> None:
    old = servers.issue()
    assert servers.statuses(old) == [200, 200]
    new = servers.roll(old, "none")
    assert (servers.statuses(old), servers.statuses(new)) == ([401, 401], [200, 200])


@pytest.mark.parametrize(
    ("overlap", "nearly", "rest"),
    [
        ("hour", "59 minutes", "1 minute"),
        ("day", "23 hours", "1 hour"),
        ("week", "6 days", "1 day"),
    ],
)
def test_a_rolled_key_ends_after_its_overlap(
    servers: Servers, overlap: str, nearly: str, rest: str
) -> None:
    old = servers.issue()
    new = servers.roll(old, overlap)
    servers.expire(old, by=nearly)
    assert (servers.statuses(old), servers.statuses(new)) == ([200, 200], [200, 200])
    servers.expire(old, by=rest)
    assert (servers.statuses(old), servers.statuses(new)) == ([401, 401], [200, 200])


def test_the_first_use_in_one_process_ends_the_old_key_in_every_other(servers: Servers) -> None:
    old = servers.issue()
    new = servers.roll(old, "first_use")
    assert servers.statuses(old) == [200, 200]
    assert read(servers.other, new).status_code == 200
    assert servers.statuses(old) == [401, 401]
    assert servers.ended(old) == ["first_use"]


def test_once_any_of_many_first_uses_is_answered_the_old_key_is_refused(servers: Servers) -> None:
    old = servers.issue()
    new = servers.roll(old, "first_use")

    def use_both(number: int) -> tuple[int, int, int]:
        mine, yours = (servers.one, servers.other)[:: 1 if number % 2 else -1]
        # Whatever the old key is answered meanwhile, it is refused after an answer to the new one.
        meanwhile = read(yours, old).status_code
        return meanwhile, read(mine, new).status_code, read(yours, old).status_code

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(use_both, range(32)))
    assert {first for first, _, _ in answers} <= {200, 401}
    assert {(new_one, after) for _, new_one, after in answers} == {(200, 401)}
    assert servers.ended(old) == ["first_use"]


def test_a_test_key_is_answered_as_by_whatsapp_and_nothing_comes_to_the_phone(
    servers: Servers,
) -> None:
    secret = servers.issue("--test")
    headers = {"Authorization": f"Bearer {secret}"}
    answers = [
        requests.post(service.stack.base_url + PATH, headers=headers, timeout=60)
        for service in (servers.one, servers.other)
    ]
    assert {(answer.status_code, answer.headers["X-Mode"]) for answer in answers} == {(200, "test")}
    assert [service.phone("alice") for service in (servers.one, servers.other)] == [[], []]
