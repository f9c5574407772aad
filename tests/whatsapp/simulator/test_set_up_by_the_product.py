"""The product sets up its templates and its Flow at the simulator, over real HTTP, as at Meta."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.conf import settings

from openfinance import catalogue, message_templates
from tests.whatsapp.simulator import flow_endpoint
from tests.whatsapp.simulator.bodies import TOKEN
from tests.whatsapp.simulator.server import Meta
from whatsapp import flow_publishing, template_sync
from whatsapp.models import MessageTemplate, NativeFlow
from whatsapp.native_flow import definition
from whatsapp.providers.management import Management

pytestmark = [pytest.mark.stack, pytest.mark.django_db]


@pytest.fixture
def client(meta: Meta) -> Iterator[Management]:
    with Management(
        access_token=TOKEN,
        account_id="102290129340398",
        phone_number_id="106540352242922",
        graph_url=f"{meta.address}/simulator/graph",
    ) as client:
        yield client


def statuses(client: Management) -> list[str]:
    """Bring the templates in line; return the status of each."""
    results = template_sync.sync(client, message_templates.definitions(), may_edit=lambda _: True)
    return [result.row.status for result in results]


def test_the_templates_are_created_and_approved(client: Management, meta: Meta) -> None:
    catalogue.sync()
    meta.tell("review", seconds=0)
    assert set(statuses(client)) == {MessageTemplate.Status.APPROVED}
    assert set(statuses(client)) == {MessageTemplate.Status.APPROVED}


def test_the_flow_is_published_once_and_a_changed_one_takes_its_place(client: Management) -> None:
    endpoint = flow_endpoint.Endpoint(answer=lambda _: {"data": {"status": "active"}})
    flow = definition.load(settings.BASE_DIR / "openfinance" / "native_flow.json")
    done: list[str] = []
    with ExitStack() as cleanup:
        url = cleanup.enter_context(flow_endpoint.serving(endpoint))

        def publish(**changes: object) -> NativeFlow:
            return flow_publishing.publish(
                flow_publishing.Publication(
                    client=client,
                    name="bancos",
                    definition={**flow, **changes},
                    endpoint_uri=url,
                    public_key_pem=endpoint.public_key,
                    report=done.append,
                )
            )

        first, again, changed = publish(), publish(), publish(version="7.2")
    assert (first.meta_id, first.status) == (again.meta_id, NativeFlow.Status.PUBLISHED)
    assert done[-1] == f"Flow {first.meta_id}: deprecated"
    assert changed.status == NativeFlow.Status.PUBLISHED
