"""Everything that the bank's Consents API answers, held against the official specification.

Prism stands before the bank and answers in its place, with problem+json or `sl-violations`, when
the request or the answer is not as the specification allows.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from openfinance.permissions import Group, expand
from tests.openfinance.brasil import node
from tests.openfinance.sandbox_bank.receiver import (
    ALICE,
    BOB,
    BRAND,
    INTERACTION_ID,
    Receiver,
    in_days,
    party,
    wanted,
)

pytestmark = pytest.mark.node

SPECIFICATION = Path(node.__file__).parent / "specification" / "consents-3.3.1.yml"
CUSTOMER = {
    "x-fapi-customer-ip-address": "203.0.113.7",
    "x-customer-user-agent": "Mozilla/5.0 (iPhone)",
}

Call = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def prism(live_server: LiveServer) -> Iterator[str]:
    upstream = f"{live_server.url}/sandbox-bank/{BRAND}/open-banking/consents/v3"
    with node.prism(SPECIFICATION, upstream=upstream) as url:
        yield f"{url}/consents"


@pytest.fixture
def receiver(transactional_db: None, settings: Settings) -> Receiver:
    # The specification's URLs are of the web: a bank on this machine is behind a proxy with a name.
    settings.USE_X_FORWARDED_HOST = True
    settings.ALLOWED_HOSTS = ["*"]
    return Receiver()


@pytest.fixture
def call(prism: str, receiver: Receiver) -> Call:
    """Call the API through Prism; what it finds fails the test."""

    def through(
        method: str, path: str = "", data: Any = None, *, token: str = "", **headers: str
    ) -> requests.Response:
        told = {
            "Authorization": f"Bearer {token or receiver.own_token()}",
            "x-fapi-interaction-id": INTERACTION_ID,
            "X-Forwarded-Host": "bank.example",
            "Accept": "application/json",
            **headers,
        }
        body = {"data": data} if data is not None else None
        answer = requests.request(method, f"{prism}{path}", headers=told, json=body, timeout=30)
        assert "sl-violations" not in answer.headers, answer.headers["sl-violations"]
        assert "problem" not in answer.headers.get("Content-Type", ""), answer.text
        return answer

    return through


@pytest.fixture
def connected(receiver: Receiver) -> tuple[str, str]:
    """Return the id of an authorised consent and its access token."""
    consent_id, tokens = receiver.connect()
    return consent_id, tokens["access_token"]


def test_prism_does_find_what_the_specification_does_not_allow(call: Call) -> None:
    with pytest.raises(AssertionError, match="identification"):
        call("POST", data=wanted(loggedUser=party("1")))


@pytest.mark.parametrize("expires", [in_days(300), None], ids=["a year at most", "without an end"])
def test_creating_and_reading(call: Call, expires: str | None) -> None:
    made = call("POST", data=wanted(expirationDateTime=expires))
    assert made.status_code == 201
    assert (
        call("GET", f"/{made.json()['data']['consentId']}").json()["data"] == (made.json()["data"])
    )


def test_every_group_can_be_asked_for(call: Call) -> None:
    people = [group for group in Group if not group.value.startswith("business")]
    assert call("POST", data=wanted(permissions=list(expand(people)))).status_code == 201


@pytest.mark.parametrize("act", ["revoke", "expire", "block"])
@pytest.mark.parametrize("is_authorised", [True, False])
def test_a_rejection_has_the_shape_and_the_codes_of_the_specification(
    call: Call,
    receiver: Receiver,
    act: str,
    is_authorised: bool,  # noqa: FBT001
) -> None:
    consent_id = receiver.connect()[0] if is_authorised else receiver.consent_id()
    receiver.tell("acts", consent_id=consent_id, act=act)
    assert call("GET", f"/{consent_id}").json()["data"]["rejection"]["reason"]["code"]


def test_somebody_else_leaves_a_note_that_the_specification_allows(
    call: Call, receiver: Receiver
) -> None:
    consent_id = receiver.consent_id()
    receiver.log_in(receiver.authorise_url(consent_id), cpf=BOB)
    reason = call("GET", f"/{consent_id}").json()["data"]["rejection"]["reason"]
    assert reason["additionalInformation"]


def test_deleting_once_and_twice(call: Call, connected: tuple[str, str]) -> None:
    assert call("DELETE", f"/{connected[0]}").status_code == 204
    assert call("DELETE", f"/{connected[0]}").status_code == 422


def test_extending_and_its_history(call: Call, connected: tuple[str, str]) -> None:
    consent_id, token = connected
    for expires in (in_days(350), None):
        data: dict[str, Any] = {"loggedUser": party(ALICE)}
        data |= {"expirationDateTime": expires} if expires else {}
        answer = call("POST", f"/{consent_id}/extends", data, token=token, **CUSTOMER)
        assert answer.status_code == 201
    history = call("GET", f"/{consent_id}/extensions?page=1&page-size=25").json()
    assert history["meta"]["totalRecords"] == 2


def test_a_history_without_extensions(call: Call, connected: tuple[str, str]) -> None:
    assert call("GET", f"/{connected[0]}/extensions").json()["data"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"permissions": ["ACCOUNTS_READ"]},
        {"permissions": list(expand([Group.BUSINESS_DETAILS]))},
        {"expirationDateTime": in_days(-1)},
        {"expirationDateTime": in_days(400)},
        {"loggedUser": party("11111111111")},
        {"permissions": ["RESOURCES_READ", "RESOURCES_READ"]},
    ],
)
def test_every_refusal_has_the_shape_and_the_codes_of_the_specification(
    call: Call, changes: dict[str, Any]
) -> None:
    assert call("POST", data=wanted(**changes)).status_code in {400, 422}


def test_a_refused_extension(call: Call, connected: tuple[str, str]) -> None:
    consent_id, token = connected
    data: dict[str, Any] = {"loggedUser": party(ALICE), "expirationDateTime": in_days(1)}
    answer = call("POST", f"/{consent_id}/extends", data, token=token, **CUSTOMER)
    assert answer.status_code == 422
    data["loggedUser"] = party(BOB)
    assert call("POST", f"/{consent_id}/extends", data, token=token, **CUSTOMER).status_code == 403


def test_unknown_unauthorised_and_down(call: Call, receiver: Receiver) -> None:
    token = receiver.own_token()
    unknown = f"/urn:{BRAND}:{'0' * 32}"
    assert call("GET", unknown, token=token).status_code == 404
    assert call("GET", unknown, token="junk").status_code == 401
    receiver.tell("brands", brand=BRAND, is_down=True)
    assert call("GET", unknown, token=token).status_code == 503
