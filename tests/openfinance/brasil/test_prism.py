"""Every call of the Consents API, against a mock made of the official specification.

Prism answers 4xx with `sl-violations` to a request that the specification does not allow.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from openfinance.permissions import Group, expand
from openfinance.providers import Person
from openfinance.providers.brasil.consents_api import ConsentsApi
from openfinance.providers.brasil.transport import Conversation, Transport
from tests.openfinance.brasil import node, receiver

pytestmark = pytest.mark.node

SPECIFICATION = Path(__file__).parent / "specification" / "consents-3.3.1.yml"
# What the specification's examples say, which is what Prism answers with.
CONSENT_ID = "urn:bancoex:C1DD33123"
EXAMPLE = expand([Group.OVERDRAFT_LIMITS])
NEXT_YEAR = datetime.now(UTC) + timedelta(days=365)


@pytest.fixture(scope="module")
def prism() -> Iterator[str]:
    with node.prism(SPECIFICATION) as url:
        yield f"{url}/consents"


@pytest.fixture
def api(prism: str) -> Iterator[ConsentsApi]:
    transport = Transport(
        certificate=receiver.identity().certificate,
        key=receiver.identity().key,
        allow_loopback=True,
    )
    yield ConsentsApi(conversation=Conversation(transport), url=prism, access_token="token")
    transport.close()


def test_prism_does_refuse_what_the_specification_does_not_allow(prism: str) -> None:
    answer = requests.post(
        prism, json={"data": {}}, headers={"Authorization": "Bearer token"}, timeout=10
    )
    assert answer.status_code == 422
    assert "sl-violations" in answer.headers


@pytest.mark.parametrize("expires_at", [NEXT_YEAR, None])
def test_a_consent_is_created(api: ConsentsApi, expires_at: datetime | None) -> None:
    made = api.create(names=EXAMPLE, expires_at=expires_at, person=receiver.ALICE)
    assert made.id == CONSENT_ID
    assert made.permissions == EXAMPLE


@pytest.mark.parametrize("group", Group)
def test_every_group_is_spelt_as_the_specification_has_it(api: ConsentsApi, group: Group) -> None:
    person = Person(cpf=receiver.ALICE.cpf, cnpj="12ABC34501DE35")
    asked = (*expand([group]), *expand([Group.OVERDRAFT_LIMITS]))
    # The mock grants the example's permissions, whatever was asked for.
    made = api.create(names=tuple(dict.fromkeys(asked)), expires_at=NEXT_YEAR, person=person)
    assert made.permissions == EXAMPLE


def test_a_consent_is_read(api: ConsentsApi) -> None:
    read = api.read(CONSENT_ID)
    assert read.id == CONSENT_ID
    assert read.rejection is not None


@pytest.mark.parametrize("consent_id", [CONSENT_ID, "urn:a:b/c?d#e%20(f)"])
def test_a_consent_is_deleted_whatever_its_id_holds(api: ConsentsApi, consent_id: str) -> None:
    api.delete(consent_id)
    assert len(api.conversation.interaction_ids) >= 1


@pytest.mark.parametrize("expires_at", [NEXT_YEAR, None])
def test_a_consent_is_extended(api: ConsentsApi, expires_at: datetime | None) -> None:
    assert api.extend(CONSENT_ID, expires_at=expires_at, person=receiver.ALICE).id == CONSENT_ID


def test_the_extensions_are_read(api: ConsentsApi) -> None:
    extension = api.extensions(CONSENT_ID)[0]
    assert extension.requested_at == datetime(2021, 5, 21, 8, 30, tzinfo=UTC)
    assert extension.previous_expires_at == datetime(2023, 10, 18, 18, 30, tzinfo=UTC)
