"""Calls to Pluggy end in time, are made once, go nowhere else, and tell nobody its secrets."""

import socket
import time
from typing import Any

import pytest

from openfinance.providers import ProviderError, Reason
from openfinance.providers.pluggy.transport import Transport
from tests.openfinance.pluggy import person, trips
from tests.openfinance.pluggy.person import ALICE, MemoryKeyStore, PluggyWorld
from tests.openfinance.pluggy.server import CLIENT_SECRET, Pluggy

QUICK = {"connect_timeout": 0.3, "read_timeout": 0.3, "total_timeout": 0.6}


def read(world: PluggyWorld) -> ProviderError:
    """Ask for an item in vain, and return why."""
    try:
        world.provider.read(bank=world.bank, consent_id=ALICE)
    except ProviderError as error:
        return error
    raise AssertionError("it was read")


@pytest.mark.parametrize(
    ("fault", "reason", "http_status"),
    [
        ({"status": 400}, Reason.REQUEST_REFUSED, 400),
        ({"status": 404}, Reason.CONSENT_UNKNOWN, 404),
        ({"status": 409}, Reason.REQUEST_REFUSED, 409),
        ({"status": 429}, Reason.BANK_BUSY, 429),
        ({"status": 500}, Reason.BANK_DOWN, 500),
        ({"status": 502, "body": b"<html>"}, Reason.BANK_DOWN, 502),
        ({"status": 504}, Reason.BANK_DOWN, 504),
        ({"status": 200, "body": b"<html>"}, Reason.BAD_ANSWER, 200),
        ({"status": 200, "body": b"[" * 100_000}, Reason.BAD_ANSWER, 200),
        ({"status": 204, "body": b""}, Reason.BAD_ANSWER, 204),
        ({"hangs_up": True}, Reason.BANK_DOWN, None),
    ],
)
def test_every_bad_answer_has_its_reason_and_is_not_asked_for_again(
    world: PluggyWorld, fault: dict[str, Any], reason: Reason, http_status: int | None
) -> None:
    world.pluggy.fail("GET /items", **fault)
    error = read(world)
    assert (error.reason, error.http_status) == (reason, http_status)
    assert len(world.pluggy.made("GET /items")) == 1


@pytest.mark.parametrize(
    ("retry_after", "details"),
    [("30", "again in 30 s"), ("Wed, 21 Oct 2026 07:28:00 GMT", ""), ("30 Alice", ""), ("", "")],
)
def test_who_is_too_fast_is_told_how_long_to_wait(
    world: PluggyWorld, retry_after: str, details: str
) -> None:
    world.pluggy.fail("GET /items", status=429, headers={"Retry-After": retry_after})
    error = read(world)
    assert error.details == details
    assert not error.is_permanent


def test_a_redirect_is_not_followed(world: PluggyWorld) -> None:
    elsewhere = {"Location": f"{world.pluggy.url}/connectors"}
    world.pluggy.fail("GET /items", status=302, headers=elsewhere)
    assert read(world).reason is Reason.BAD_ANSWER
    assert world.pluggy.made("GET /connectors") == []


def test_an_answer_that_is_too_large_is_not_read(world: PluggyWorld) -> None:
    world.pluggy.fail("GET /items", body=b" " * ((8 << 20) + 1))
    assert read(world).details == "the answer is too large"


@pytest.mark.parametrize("fault", [{"pause": 2.0}, {"body": b" " * 100, "trickle": 0.1}])
def test_an_answer_has_a_deadline_however_slowly_it_comes(
    pluggy: Pluggy, fault: dict[str, Any]
) -> None:
    world = PluggyWorld(pluggy, person.provider(pluggy, **QUICK))
    trips.connect(world)
    pluggy.fail("GET /items", **fault)
    begun = time.monotonic()
    assert read(world).reason is Reason.BANK_DOWN
    assert time.monotonic() - begun < 1.5
    world.provider.close()


def test_nobody_at_the_address_is_a_bank_that_is_down(pluggy: Pluggy) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        provider = person.provider(pluggy, api_url=url, **QUICK)
        with pytest.raises(ProviderError) as caught:
            provider.revoke(bank={}, consent_id=ALICE)
    assert caught.value.reason is Reason.BANK_DOWN


def test_a_proxy_of_the_environment_is_not_used(
    world: PluggyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert trips.connect(world).is_confirmed


def test_connections_are_kept_between_calls(world: PluggyWorld) -> None:
    trips.connect(world)
    (pool,) = world.provider._transport._adapter.poolmanager.pools._container.values()
    assert pool.num_connections == 1
    assert pool.num_requests == len(world.pluggy.calls)


def test_an_address_that_does_not_speak_tls_is_a_bank_that_is_down(pluggy: Pluggy) -> None:
    url = pluggy.url.replace("http:", "https:")
    transport = Transport(url=url, connect_timeout=0.3, read_timeout=0.3, total_timeout=0.6)
    with pytest.raises(ProviderError) as caught:
        transport.call("DELETE", "/items/x", headers={})
    assert caught.value.reason is Reason.BANK_DOWN
    assert pluggy.calls == []


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"hangs_up": True}, {"status": 400}, {"status": 403}]
)
@pytest.mark.parametrize("route", ["POST /auth", "POST /connect_token", "GET /items"])
def test_no_error_tells_a_key_a_secret_or_what_pluggy_says_of_a_person(
    pluggy: Pluggy, route: str, fault: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    body = b'{"code": 400, "codeDescription": "Alice Souza", "message": "Alice, 76109277673"}'
    world = PluggyWorld(pluggy, person.provider(pluggy))
    departure = world.provider.start(world.request())
    pluggy.fail(route, body=body, **fault)
    fresh = person.provider(pluggy)
    error = _anything(PluggyWorld(pluggy, fresh))
    seen = f"{error} {error!r} {fresh!r} {world.provider!r} {departure!r} {caplog.text}"
    secrets = (*pluggy.keys, *pluggy.connect_tokens, CLIENT_SECRET, "Alice", "7610")
    assert not any(secret in seen for secret in secrets)
    # Whose frames hold the request.
    assert error.__cause__ is None


def _anything(world: PluggyWorld) -> ProviderError:
    try:
        world.provider.start(world.request())
    except ProviderError as error:
        return error
    return read(world)


def test_a_code_that_pluggy_documents_is_told_to_staff(world: PluggyWorld) -> None:
    world.pluggy.fail("GET /items", status=400, body=b'{"codeDescription": "ITEM_IS_SYNCING"}')
    assert read(world).details == "ITEM_IS_SYNCING"


def test_a_connect_token_that_no_header_can_hold_is_refused(world: PluggyWorld) -> None:
    for token in ("7", '""', '"two\\r\\nlines"', '"\u00e7"', f'"{"x" * 9000}"', "null"):
        world.pluggy.fail("POST /connect_token", body=f'{{"accessToken": {token}}}'.encode())
        with pytest.raises(ProviderError) as caught:
            world.provider.start(world.request())
        assert caught.value.reason is Reason.BAD_ANSWER


def test_a_client_that_pluggy_does_not_know_is_for_staff(pluggy: Pluggy) -> None:
    provider = person.provider(pluggy, client_secret="another", keys=MemoryKeyStore())
    with pytest.raises(ProviderError) as caught:
        provider.read(bank={}, consent_id=ALICE)
    assert (caught.value.reason, caught.value.details) == (
        Reason.CLIENT_REFUSED,
        "CLIENT_KEYS_INVALID",
    )
    assert not caught.value.may_try_again
