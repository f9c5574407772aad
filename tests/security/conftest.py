"""Two web processes, a worker, the simulator and the bank of tests, for all checks of a process."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.db import connection
from pytest_django import DjangoDbBlocker

from pierre.local import flow_key, house, ports, scratch, stack
from pierre.local.phone import Phone
from tests.security.raw import PATH

PEOPLE = 60
_POPULATE = f"from tests.security.populating import populate; populate({PEOPLE})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A Premium user with a phone at the simulator, whom no other check touches."""

    id: int
    key_id: int
    key: str
    phone: str
    email: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running stack, and the people in its database."""

    stack: stack.Stack
    log: Path
    parameters: dict[str, Any]
    people: Iterator[Person] = field(repr=False)
    admin: dict[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        return self.stack.base_url

    def person(self) -> Person:
        """Return somebody nobody else has."""
        return next(self.people)

    def call(self, person: Person, *, verb: str = "GET", **options: Any) -> requests.Response:
        """Call the endpoint with a person's key."""
        headers = person.bearer | options.pop("headers", {})
        return requests.request(
            verb, self.url + PATH, headers=headers, timeout=60, allow_redirects=False, **options
        )

    def phone(self, person: Person) -> Phone:
        """Return a person's phone."""
        return Phone(simulator_url=self.stack.simulator_url, number=person.phone)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read what the servers have committed."""
        with psycopg.connect(**self.parameters) as reader:
            return reader.execute(sql, values).fetchall()

    def execute(self, sql: str, *values: object) -> None:
        """Change a row behind the servers' back."""
        with psycopg.connect(**self.parameters) as writer:
            writer.execute(sql, values)

    def flows(self, person: Person) -> int:
        """Return how many flows a person has."""
        sql = "SELECT count(*) FROM openfinance_flow WHERE user_id = %s"
        return int(self.rows(sql, person.id)[0][0])

    def fault(self, mode: str, **settings: object) -> None:
        """Make the simulator misbehave."""
        url = f"{self.stack.simulator_url}faults"
        requests.post(url, json={"mode": mode, **settings}, timeout=10).raise_for_status()

    def staff(self) -> requests.Session:
        """Return a browser in which the administrator is signed in."""
        session = requests.Session()
        form = session.get(f"{self.stack.admin_url}login/", timeout=10).text
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert found
        session.post(
            f"{self.stack.admin_url}login/?next=/admin/",
            data={
                "csrfmiddlewaretoken": found[1],
                "username": self.admin["email"],
                "password": self.admin["password"],
            },
            timeout=10,
        )
        return session


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The database of the checks, and who is in it."""

    name: str
    parameters: dict[str, Any]
    people: Iterator[Person]
    admin: dict[str, str]
    flow_key: Path


Serve = Callable[..., Service]


@pytest.fixture(scope="package")
def checked_home(
    django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """Make a database with the banks, the templates, a Flow and people."""
    folder = tmp_path_factory.mktemp("security")
    with django_db_blocker.unblock(), scratch.database("security") as name:
        key = flow_key.ensure(folder)
        planned = _plan(name, key)
        admin = house.prepare(planned)["admin"]
        people = json.loads(planned.manage("shell", "-v", "0", "-c", _POPULATE))
        with stack.running(planned, log=folder / "stack.log"):
            house.publish(planned)
        parameters = connection.get_connection_params() | {"dbname": name}
        keep = ("dbname", "host", "port", "user", "password")
        yield Home(
            name=name,
            parameters={key: value for key, value in parameters.items() if key in keep},
            people=iter([Person(**facts) for facts in people]),
            admin=admin,
            flow_key=key,
        )


@pytest.fixture(scope="package")
def serve(checked_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Start services with settings of their own, until the last check is over."""
    with _serving(checked_home, tmp_path_factory) as make:
        yield make


@pytest.fixture
def serve_briefly(checked_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Start services until the check is over, because their workers would spoil the others'."""
    with _serving(checked_home, tmp_path_factory) as make:
        yield make


@contextmanager
def _serving(home: Home, folders: pytest.TempPathFactory) -> Iterator[Serve]:
    with ExitStack() as cleanup:

        def make(**environment: str) -> Service:
            planned = _plan(home.name, home.flow_key, **environment)
            log = folders.mktemp("service") / "stack.log"
            running = cleanup.enter_context(stack.running(planned, log=log, workers=2))
            return Service(
                stack=running,
                log=log,
                parameters=home.parameters,
                people=home.people,
                admin=home.admin,
            )

        yield make


@pytest.fixture(scope="package")
def service(serve: Serve) -> Service:
    """Return the service as it is by default, with a log that says everything."""
    return serve(LOG_LEVEL="DEBUG", WEB_ACCESS_LOG="-")


def until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def _plan(name: str, key: Path, **environment: str) -> stack.Stack:
    return stack.plan(
        port=ports.free(),
        simulator_port=ports.free(),
        PIERRE_DATABASE=name,
        WHATSAPP_FLOW_PRIVATE_KEYS=str(key),
        **environment,
    )
