"""How much anybody may ask for, exactly, however many processes answer and calls come at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.security import keys, raw
from tests.security.checks import check
from tests.security.conftest import Person, Serve, Service

CONNECTIONS = "/tools/api/get-open-finance-connections"


@pytest.fixture(scope="module")
def strict(serve: Serve) -> Service:
    """Start a service behind one proxy, with small limits and no debounce."""
    return serve(
        TRUSTED_PROXY_COUNT="1",
        API_BAD_KEY_RATE="30/h",
        API_USER_RATE="20/d",
        FLOW_DEBOUNCE_SECONDS="0",
        FLOW_CAP_PER_HOUR="5",
    )


def at_once(service: Service, person: Person, count: int) -> list[requests.Response]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: service.call(person), range(count)))


def _refuse(service: Service, forwarded: str) -> raw.Answer:
    return raw.call(
        service.url,
        f"Authorization: Bearer {keys.made_up()}".encode(),
        f"X-Forwarded-For: {forwarded}".encode(),
    )


@check(6, "An address that guesses keys is stopped", owasp="API4", asvs="6.3.1, 2.4.1")
def test_guessing_is_stopped(strict: Service) -> None:
    answers = [_refuse(strict, "203.0.113.1") for _ in range(200)]
    statuses = [answer.status for answer in answers]
    # Each of the two processes counts for itself, and no more.
    assert 30 <= statuses.count(401) <= 60
    assert statuses.count(401) + statuses.count(429) == 200
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    assert _refuse(strict, "203.0.113.200").status == 401


@check(
    7,
    "A forged X-Forwarded-For changes nothing about whose calls they are",
    owasp="API4",
    asvs="4.1.3, 15.3.4",
)
def test_forged_addresses(strict: Service) -> None:
    # The proxy writes the last one; what the caller wrote itself stands before it.
    forged = [f"198.51.100.{number}, 203.0.113.2" for number in range(200)]
    statuses = [_refuse(strict, text).status for text in forged]
    assert 30 <= statuses.count(401) <= 60
    assert statuses.count(401) + statuses.count(429) == 200


@check(
    8,
    "The caps on messages and on calls are exact under concurrency",
    owasp="API6",
    asvs="2.3.2, 2.3.4, 15.4.2",
)
def test_exact_caps(strict: Service) -> None:
    person = strict.person()
    answers = at_once(strict, person, 18)
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(429)) == (5, 13)
    assert len(strict.phone(person).messages()) == 5
    waits = [
        int(answer.headers["Retry-After"]) for answer in answers if "Retry-After" in answer.headers
    ]
    assert len(waits) == 13
    assert all(3500 < wait <= 3600 for wait in waits)

    def ask(_: int) -> int:
        url = strict.url + CONNECTIONS
        return requests.get(url, headers=person.bearer, timeout=30).status_code

    with ThreadPoolExecutor(16) as pool:
        asked = list(pool.map(ask, range(64)))
    assert (asked.count(200), asked.count(429)) == (2, 62)


@check(
    9, "Simultaneous calls put one message on the phone", owasp="API6", asvs="2.3.4, 2.4.2, 15.4.2"
)
def test_one_message_for_one_wish(service: Service) -> None:
    person = service.person()
    assert {answer.status_code for answer in at_once(service, person, 40)} == {200}
    assert len(service.phone(person).messages()) == 1
