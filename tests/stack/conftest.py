"""Real processes on free ports: gunicorn, the simulator beside it, and a database of their own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.db import connection
from psycopg import sql
from pytest_django import DjangoDbBlocker

from accounts import encrypted
from pierre.local import house, ports, scratch, stack
from pierre.local.expectations import PATH
from whatsapp.models import Contact

_OURS = """
    SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename !~ '^(simulator|sandbox_bank)_'"""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A migrated database with the cast in it, for as many stacks as a test wants."""

    name: str
    people: dict[str, Any]
    parameters: dict[str, Any]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read, beside the running servers, what they have committed."""
        with psycopg.connect(**self.parameters) as reader:
            return reader.execute(sql).fetchall()

    def dump(self) -> dict[str, str]:
        """Return each table's rows as PostgreSQL writes them out, but for the other parties'."""
        with psycopg.connect(**self.parameters) as reader:
            return {name: _copied(reader, name) for (name,) in reader.execute(_OURS).fetchall()}

    def execute(self, sql: str, *values: object) -> None:
        """Change rows behind the servers' back, as staff would in the admin."""
        with psycopg.connect(**self.parameters) as writer:
            writer.execute(sql, values or None)


def _copied(reader: "psycopg.Connection[tuple[Any, ...]]", table: str) -> str:
    copying = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
    with reader.cursor().copy(copying) as rows:
        return b"".join(bytes(row) for row in rows).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running stack, as an integrator and a person with a phone see it."""

    stack: stack.Stack
    house: House
    log: Path

    def call(self, name: str, timeout: float = 60) -> requests.Response:
        """Call the endpoint once with the key of one of the cast."""
        headers = {"Authorization": f"Bearer {self.house.people['keys'][name]}"}
        return requests.get(self.stack.base_url + PATH, headers=headers, timeout=timeout)

    def call_at_once(self, *names: str) -> list[requests.Response]:
        """Call for each name at the same moment; the answers come in the order of the names."""
        with ThreadPoolExecutor(len(names)) as pool:
            return list(pool.map(self.call, names))

    def phone(self, name: str) -> list[dict[str, Any]]:
        """Return the messages on somebody's phone, oldest first."""
        number = self.house.people["phones"][name]
        url = f"{self.stack.simulator_url}messages"
        found = requests.get(url, params={"phone": number}, timeout=10)
        return list(found.json()["messages"])

    def fault(self, mode: str, **settings: object) -> None:
        """Make the simulator misbehave."""
        url = f"{self.stack.simulator_url}faults"
        requests.post(url, json={"mode": mode, **settings}, timeout=10).raise_for_status()

    def mute(self) -> None:
        """Let the simulator tell nothing of what becomes of messages, until the test is over."""
        url = f"{self.stack.simulator_url}telling"
        requests.post(url, json={"muted": True}, timeout=10).raise_for_status()

    def flow_states(self, name: str) -> list[str]:
        """Return the states of somebody's flows, oldest first."""
        return [
            state
            for (state,) in self.house.rows(
                "SELECT m.status FROM openfinance_flow f"
                " JOIN whatsapp_outgoingmessage m ON m.id = f.message_id"
                " JOIN accounts_user u ON u.id = f.user_id"
                f" WHERE u.email = '{name}@example.com' ORDER BY f.created_at"
            )
        ]


Serve = Callable[..., Service]

_OPEN_WINDOW = """
    INSERT INTO whatsapp_contact (phone, opt_in_proof, window_ends_at, created_at)
    VALUES (%s, %s, now() + interval '24 hours', now())"""


@pytest.fixture(scope="session")
def home(
    django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    with django_db_blocker.unblock(), scratch.database("stack") as name:
        planned = stack.plan(port=ports.free(), simulator_port=ports.free(), PIERRE_DATABASE=name)
        people = house.prepare(planned)
        log = tmp_path_factory.mktemp("home") / "stack.log"
        with stack.running(planned, log=log):
            house.publish(planned)
        parameters = connection.get_connection_params() | {"dbname": name}
        keep = ("dbname", "host", "port", "user", "password")
        yield House(
            name=name,
            people=people,
            parameters={key: value for key, value in parameters.items() if key in keep},
        )


def tidy(home: House) -> None:
    """Take away what earlier tests left, and let everybody have just written."""
    home.execute("TRUNCATE openfinance_flow, whatsapp_outgoingmessage CASCADE")
    home.execute("TRUNCATE pierre_counter, simulator_simulatedmessage CASCADE")
    home.execute("TRUNCATE simulator_simulatedwebhook, simulator_telling")
    home.execute("TRUNCATE whatsapp_contact, whatsapp_contactfact, whatsapp_webhookevent CASCADE")
    home.execute("TRUNCATE procrastinate_jobs CASCADE")
    phone, proof = (encrypted.field(Contact, name) for name in ("phone", "opt_in_proof"))
    for number in home.people["phones"].values():
        home.execute(_OPEN_WINDOW, phone.seal(number), proof.seal({}))
    home.execute("UPDATE simulator_simulatedphone SET window_ends_at = now() + interval '24 hours'")


@pytest.fixture
def serve(home: House, tmp_path: Path) -> Iterator[Serve]:
    """Start a service in which everybody has just written, and earlier tests left nothing."""
    tidy(home)
    with ExitStack() as cleanup:

        def make(workers: int = 1, **environment: str) -> Service:
            planned = stack.plan(
                port=ports.free(),
                simulator_port=ports.free(),
                PIERRE_DATABASE=home.name,
                **environment,
            )
            log = tmp_path / "stack.log"
            running = cleanup.enter_context(stack.running(planned, log=log, workers=workers))
            service = Service(stack=running, house=home, log=log)
            service.fault("none")
            return service

        yield make
