"""The adapter of the bank of tests: the suite of all providers, and what else it can do."""

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from openfinance.providers import (
    ConsentStatus,
    Extends,
    ProviderError,
    Reads,
    Reason,
    RejectedBy,
    RejectionReason,
)
from openfinance.providers.sandbox import Sandbox
from tests.openfinance.providers import suite
from tests.openfinance.sandbox.world import BASE, SandboxWorld

TOKENS = f"{BASE}/nubank/oauth/token"


class TestSandbox(suite.ProviderSuite):
    """The suite of all providers."""


def _refusal(world: SandboxWorld, *, spoilt: dict[str, str] | None = None) -> ProviderError:
    departure = world.provider.start(world.request())
    returned = {**world.go(departure), **(spoilt or {})}
    with pytest.raises(ProviderError) as caught:
        suite.finish(world, departure, returned)
    return caught.value


def test_it_can_read_and_extend(world: SandboxWorld) -> None:
    assert isinstance(world.provider, Reads)
    assert isinstance(world.provider, Extends)


def test_its_tokens_open_the_accounts(world: SandboxWorld) -> None:
    tokens = suite.connect(world).tokens
    assert tokens
    assert world.receiver.accounts(tokens.access_token).status_code == 200


def test_every_call_has_an_interaction_id_that_is_kept(
    world: SandboxWorld, http: responses.RequestsMock
) -> None:
    departure = world.provider.start(world.request())
    sent = [call.request.headers["x-fapi-interaction-id"] for call in http.calls]
    assert departure.interaction_ids == tuple(sent)


def test_an_answer_that_another_issuer_gives_is_refused(world: SandboxWorld) -> None:
    error = _refusal(world, spoilt={"iss": f"{BASE}/itau"})
    assert error.reason is Reason.WRONG_ISSUER


def test_a_return_without_a_code_is_malformed(world: SandboxWorld) -> None:
    assert _refusal(world, spoilt={"code": ""}).reason is Reason.MALFORMED


def test_a_row_that_names_another_brand_meanwhile_is_refused(world: SandboxWorld) -> None:
    departure = world.provider.start(world.request())
    returned = world.go(departure)
    world.bank = {"brand": "itau"}
    with pytest.raises(ProviderError) as caught:
        suite.finish(world, departure, returned)
    assert caught.value.reason is Reason.WRONG_ISSUER


def test_a_refusal_tells_the_consent_as_it_is_then(world: SandboxWorld) -> None:
    departure = world.provider.start(world.request())
    returned = world.go(departure, approves=False)
    with pytest.raises(ProviderError) as caught:
        suite.finish(world, departure, returned)
    rejection = caught.value.consent and caught.value.consent.rejection
    assert rejection
    assert rejection.by is RejectedBy.USER
    assert rejection.reason is RejectionReason.CUSTOMER_MANUALLY_REJECTED


def test_whoever_only_left_may_go_on_with_the_same_consent(world: SandboxWorld) -> None:
    departure = world.provider.start(world.request())
    returned = world.leave(world.arrive(departure))
    with pytest.raises(ProviderError) as caught:
        suite.finish(world, departure, returned)
    assert caught.value.reason is Reason.REFUSED
    assert caught.value.consent
    again = world.provider.start(world.request(consent_id=caught.value.consent.id))
    assert suite.finish(world, again, world.go(again)).consent.id == caught.value.consent.id


def test_whoever_forgot_their_password_may_try_again(world: SandboxWorld) -> None:
    departure = world.provider.start(world.request())
    page = world.arrive(departure)
    for _ in range(3):
        world.receiver.log_in(page, password="wrong")
    with pytest.raises(ProviderError) as caught:
        suite.finish(world, departure, world.leave(page))
    assert caught.value.reason is Reason.BANK_ERROR
    assert caught.value.may_try_again


def test_a_bank_that_lost_the_consent_gives_no_access(world: SandboxWorld) -> None:
    granted = suite.connect(world)
    world.receiver.tell("reset")
    with pytest.raises(ProviderError) as caught:
        suite.refresh(world, granted)
    assert caught.value.reason is Reason.CONSENT_ENDED


def test_a_lost_refresh_token_needs_another_trip(world: SandboxWorld) -> None:
    granted = suite.connect(world)
    with pytest.raises(ProviderError) as caught:
        world.provider.refresh(
            bank=world.bank, consent_id=granted.consent.id, refresh_token="another"
        )
    assert caught.value.reason is Reason.ACCESS_LOST


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("revoke", RejectionReason.CUSTOMER_MANUALLY_REVOKED),
        ("expire", RejectionReason.CONSENT_MAX_DATE_REACHED),
        ("block", RejectionReason.INTERNAL_SECURITY_REASON),
    ],
)
def test_what_ended_at_the_bank_ends_the_access_and_says_why(
    world: SandboxWorld, act: str, reason: RejectionReason
) -> None:
    granted = suite.connect(world)
    world.receiver.tell("acts", consent_id=granted.consent.id, act=act)
    with pytest.raises(ProviderError) as caught:
        suite.refresh(world, granted)
    assert caught.value.reason is Reason.CONSENT_ENDED
    assert caught.value.consent
    assert caught.value.consent.rejection
    assert caught.value.consent.rejection.reason is reason


def test_what_is_granted_is_told_apart_from_what_was_asked(world: SandboxWorld) -> None:
    world.receiver.tell("brands", brand="nubank", lacks=["transactions"])
    granted = suite.connect(world)
    assert granted.consent.permissions == (
        "ACCOUNTS_READ",
        "ACCOUNTS_BALANCES_READ",
        "RESOURCES_READ",
    )


def test_a_consent_is_extended_with_the_persons_token(world: SandboxWorld) -> None:
    granted = suite.connect(world)
    assert granted.tokens
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=360)
    extended = world.provider.extend(
        bank=world.bank,
        consent_id=granted.consent.id,
        access_token=granted.tokens.access_token,
        expires_at=later,
        person=world.request().person,
    )
    assert extended.expires_at == later
    listed = world.provider.extensions(bank=world.bank, consent_id=granted.consent.id)
    assert [extension.expires_at for extension in listed] == [later]


@pytest.mark.parametrize(
    ("several", "days", "cpf", "reason"),
    [
        (True, 360, "76109277673", Reason.SEVERAL_APPROVERS),
        (False, 299, "76109277673", Reason.WRONG_TERM),
        (False, 360, "87517400444", Reason.NOT_EXTENDABLE),
    ],
)
def test_an_extension_that_the_bank_refuses_says_why(
    world: SandboxWorld,
    several: bool,  # noqa: FBT001
    days: int,
    cpf: str,
    reason: Reason,
) -> None:
    granted = suite.connect(world)
    assert granted.tokens
    world.receiver.tell("brands", brand="nubank", needs_several_approvers=several)
    with pytest.raises(ProviderError) as caught:
        world.provider.extend(
            bank=world.bank,
            consent_id=granted.consent.id,
            access_token=granted.tokens.access_token,
            expires_at=datetime.now(UTC) + timedelta(days=days),
            person=replace(world.request().person, cpf=cpf),
        )
    assert caught.value.reason is reason


def test_a_bank_that_is_down_says_so_and_nothing_was_done(world: SandboxWorld) -> None:
    world.receiver.tell("brands", brand="nubank", is_down=True)
    with pytest.raises(ProviderError) as caught:
        world.provider.start(world.request())
    assert caught.value.reason is Reason.BANK_DOWN
    assert not caught.value.is_permanent


@pytest.mark.parametrize("bank", [{}, {"brand": 1}, {"brand": "../itau"}, {"brand": "Itaú"}])
def test_a_reference_that_leads_to_no_brand_is_ours_to_repair(
    world: SandboxWorld, bank: dict[str, Any]
) -> None:
    with pytest.raises(ProviderError) as caught:
        world.provider.start(world.request(bank=bank))
    assert caught.value.reason is Reason.MISCONFIGURED


def test_a_wrong_secret_is_ours_to_repair(world: SandboxWorld) -> None:
    world.provider.client_secret = "wrong"
    with pytest.raises(ProviderError) as caught:
        world.provider.start(world.request())
    assert caught.value.reason is Reason.CLIENT_REFUSED


@pytest.mark.parametrize(
    "content", [{}, {"access_token": "a"}, {"access_token": "a", "expires_in": "soon"}, []]
)
def test_a_malformed_token_answer_is_a_bad_answer(
    world: SandboxWorld, http: responses.RequestsMock, content: object
) -> None:
    http.reset()
    http.add("POST", TOKENS, json=content)
    with pytest.raises(ProviderError) as caught:
        world.provider.start(world.request())
    assert caught.value.reason is Reason.BAD_ANSWER


def _provider(port: int) -> Sandbox:
    return Sandbox(
        base_url=f"http://127.0.0.1:{port}/sandbox-bank",
        client_id="pierre",
        client_secret="development-only",
        redirect_uri="https://connect.example/conectar/retorno",
        read_timeout=0.2,
    )


@pytest.mark.parametrize(("listens", "reason"), [(True, "no_answer"), (False, "bank_down")])
def test_only_without_a_connection_it_is_sure_that_nothing_was_done(
    listens: bool,  # noqa: FBT001
    reason: str,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if not listens:
            server.close()
        with pytest.raises(ProviderError) as caught:
            _provider(port).read(bank={"brand": "nubank"}, consent_id="urn:nubank:1")
    assert caught.value.reason == reason
    assert "development-only" not in str(caught.value)


def test_no_secret_shows_in_a_repr() -> None:
    assert "development-only" not in repr(_provider(1))


def test_a_consent_that_nobody_answered_has_ended(world: SandboxWorld) -> None:
    departure = world.provider.start(world.request())
    assert departure.consent
    world.receiver.tell("acts", consent_id=departure.consent.id, act="expire")
    read = world.provider.read(bank=world.bank, consent_id=departure.consent.id)
    assert read.status is ConsentStatus.REJECTED
