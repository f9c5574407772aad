"""Flows are created, uploaded, published and deprecated as at Meta."""

import copy
import json
from typing import Any

import pytest
import responses
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.whatsapp.simulator import flow_endpoint, flows
from tests.whatsapp.simulator.bodies import ACCOUNT, TOKEN
from tests.whatsapp.simulator.business import Business
from tests.whatsapp.simulator.test_graph import change
from whatsapp import updates
from whatsapp.native_flow import definition
from whatsapp.simulator.models import EncryptionKey, SimulatedFlow

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
NUMBER = "/simulator/graph/v26.0/106540352242922"
NEW = {"name": "bancos-1", "categories": ["OTHER"], "endpoint_uri": flows.URL}

pytestmark = pytest.mark.django_db


def whole() -> Any:
    """Return a Flow JSON in which nothing is wrong."""
    flow = copy.deepcopy(flows.FLOW)
    for screen, names in zip(flow["screens"], (["banks"], ["bank"], ["bank"]), strict=True):
        screen["data"] = {name: {"type": "string", "__example__": "x"} for name in names}
    return flow


def post(client: Client, path: str, body: object) -> Any:
    url = f"/simulator/graph/v26.0/{path}"
    return client.post(url, body, content_type="application/json", headers=HEADERS)


def create(client: Client, **changes: object) -> str:
    answer = client.post(
        f"{ACCOUNT}/flows", NEW | changes, content_type="application/json", headers=HEADERS
    )
    return str(answer.json()["id"])


def upload(client: Client, flow_id: str, content: object) -> Any:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    form = {
        "name": "flow.json",
        "asset_type": "FLOW_JSON",
        "file": SimpleUploadedFile("flow.json", text, "application/json"),
    }
    return client.post(f"/simulator/graph/v26.0/{flow_id}/assets", form, headers=HEADERS).json()


def get(client: Client, flow_id: str) -> dict[str, Any]:
    return dict(client.get(f"/simulator/graph/v26.0/{flow_id}", headers=HEADERS).json())


def code_of(answer: Any) -> int | None:
    code: int | None = answer.json().get("error", {}).get("code")
    return code


@pytest.fixture
def published(client: Client) -> str:
    """Publish a Flow and return its id."""
    flow_id = create(client)
    upload(client, flow_id, whole())
    SimulatedFlow.objects.update(status="PUBLISHED")
    return flow_id


@pytest.fixture
def endpoint(live_db: None, business: Business) -> flow_endpoint.Endpoint:
    """Answer, at the HTTP edge, the pings to the Flow's endpoint."""
    endpoint = flow_endpoint.Endpoint(answer=lambda _: {"data": {"status": "active"}})
    EncryptionKey.objects.create(public_key=endpoint.public_key)
    business.mock.add_callback(responses.POST, flows.URL, callback=endpoint)
    return endpoint


def test_a_new_one_is_a_draft(client: Client) -> None:
    flow_id = create(client)
    assert get(client, flow_id) == {
        "id": flow_id,
        **NEW,
        "status": "DRAFT",
        "json_version": None,
        "validation_errors": [],
    }


def test_all_are_listed(client: Client) -> None:
    ids = [create(client, name=f"bancos-{number}") for number in range(3)]
    answer = client.get(f"{ACCOUNT}/flows", {"fields": "id,status"}, headers=HEADERS)
    assert answer.json()["data"] == [{"id": flow_id, "status": "DRAFT"} for flow_id in ids]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"categories": []},
        {"categories": ["BANKING"]},
        {"categories": "OTHER"},
        {"clone_flow_id": "1"},
        {"surprise": 1},
    ],
)
def test_what_meta_does_not_take_is_refused(client: Client, changes: dict[str, object]) -> None:
    assert code_of(post(client, "102290129340398/flows", NEW | changes)) in {100, 131009}


def test_a_name_is_taken_once(client: Client) -> None:
    create(client)
    assert code_of(post(client, "102290129340398/flows", NEW)) == 100


def test_what_is_uploaded_is_kept_with_its_version(client: Client) -> None:
    flow_id = create(client)
    assert upload(client, flow_id, whole()) == {"success": True, "validation_errors": []}
    assert get(client, flow_id)["json_version"] == "7.3"


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b'{"a": "\\u0000"}'])
def test_a_file_that_is_no_json_is_a_problem_and_not_kept(client: Client, content: bytes) -> None:
    flow_id = create(client)
    (problem,) = upload(client, flow_id, content)["validation_errors"]
    assert problem["error"] == "INVALID_JSON"
    assert SimulatedFlow.objects.get().flow_json is None


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        ("version", "2.1", "INVALID_PROPERTY"),
        ("screens", [], "INVALID_PROPERTY"),
        ("screens.0.layout", None, "INVALID_PROPERTY"),
        ("screens.1.id", "CHOOSE", "DUPLICATE_SCREEN_IDS"),
        ("screens.2.terminal", False, "MISSING_TERMINAL_SCREEN"),
        ("screens.2.id", "SUCCESS", "INVALID_SCREEN_ID"),
        ("screens.2.layout.children.1", None, "MISSING_FOOTER"),
        ("screens.0.layout.children.0.type", "Map", "INVALID_COMPONENT"),
        ("screens.0.layout.children.1.on-click-action.name", "call", "INVALID_ACTION"),
        ("screens.0.data", {}, "INVALID_DYNAMIC_DATA"),
        ("routing_model", {}, "INVALID_ROUTING_MODEL"),
        ("routing_model", [], "INVALID_ROUTING_MODEL"),
        ("routing_model", {"CHOOSE": ["ELSEWHERE"]}, "INVALID_ROUTING_MODEL"),
    ],
)
def test_what_a_phone_could_not_play_is_a_problem(
    client: Client, path: str, value: Any, error: str
) -> None:
    flow_id = create(client)
    problems = upload(client, flow_id, change(whole(), path, value))["validation_errors"]
    assert error in [problem["error"] for problem in problems]
    assert get(client, flow_id)["validation_errors"] == problems
    assert code_of(post(client, f"{flow_id}/publish", {})) == 139002


def test_the_flow_of_the_product_has_no_problem(client: Client, settings: Any) -> None:
    flow = definition.load(settings.BASE_DIR / "openfinance" / "native_flow.json")
    assert upload(client, create(client), flow)["validation_errors"] == []


def test_an_upload_without_a_file_is_refused(client: Client) -> None:
    flow_id = create(client)
    url = f"/simulator/graph/v26.0/{flow_id}/assets"
    assert code_of(client.post(url, {"asset_type": "FLOW_JSON"}, headers=HEADERS)) == 100


def test_it_is_published_once_its_endpoint_answers_a_ping(
    client: Client, endpoint: flow_endpoint.Endpoint, business: Business
) -> None:
    flow_id = create(client)
    upload(client, flow_id, whole())
    assert post(client, f"{flow_id}/publish", {}).json() == {"success": True}
    assert endpoint.heard == [{"version": "3.0", "action": "ping"}]
    (update,) = business.told()
    assert isinstance(update, updates.AccountEvent)
    assert (update.field, update.event) == ("flows", "FLOW_STATUS_CHANGE")
    assert (update.details["flow_id"], update.details["new_status"]) == (flow_id, "PUBLISHED")


def test_without_an_answer_to_the_ping_it_stays_a_draft(
    client: Client, endpoint: flow_endpoint.Endpoint
) -> None:
    wrong: list[flow_endpoint.Answer] = [{"data": {}}, (500, {})]
    flow_id = create(client)
    upload(client, flow_id, whole())
    for answer in wrong:
        endpoint.answer = lambda _, answer=answer: answer  # type: ignore[misc]
        assert code_of(post(client, f"{flow_id}/publish", {})) == 139002
    EncryptionKey.objects.all().delete()
    assert code_of(post(client, f"{flow_id}/publish", {})) == 139002
    assert get(client, flow_id)["status"] == "DRAFT"


def test_without_screens_it_stays_a_draft(client: Client) -> None:
    assert code_of(post(client, f"{create(client)}/publish", {})) == 139002


def test_a_published_one_never_changes(client: Client, published: str) -> None:
    form = {"asset_type": "FLOW_JSON", "file": SimpleUploadedFile("flow.json", b"{}")}
    url = f"/simulator/graph/v26.0/{published}"
    assert code_of(client.post(f"{url}/assets", form, headers=HEADERS)) == 139001
    assert code_of(post(client, f"{published}/publish", {})) == 139002


def test_its_clone_is_a_draft_with_the_same_screens(client: Client, published: str) -> None:
    clone = create(client, name="bancos-2", clone_flow_id=published)
    assert (get(client, clone)["status"], get(client, clone)["json_version"]) == ("DRAFT", "7.3")


def test_its_endpoint_may_move(client: Client, published: str) -> None:
    post(client, published, {"endpoint_uri": "https://other.example/flows"})
    found = get(client, published)
    assert (found["endpoint_uri"], found["name"]) == ("https://other.example/flows", "bancos-1")


def test_it_is_deprecated_once_and_told(client: Client, published: str, business: Business) -> None:
    assert post(client, f"{published}/deprecate", {}).json() == {"success": True}
    assert code_of(post(client, f"{published}/deprecate", {})) == 139003
    (update,) = business.told()
    assert isinstance(update, updates.AccountEvent)
    assert update.details["old_status"] == "PUBLISHED"


def test_a_draft_cannot_be_deprecated(client: Client) -> None:
    assert code_of(post(client, f"{create(client)}/deprecate", {})) == 139003


def test_on_demand_it_is_throttled(client: Client, published: str, business: Business) -> None:
    facts = {"name": "bancos-1", "status": "THROTTLED"}
    answer = client.post("/simulator/flows", facts, content_type="application/json")
    assert answer.json() == facts
    (update,) = business.told()
    assert isinstance(update, updates.AccountEvent)
    assert update.details["new_status"] == "THROTTLED"
    wrong = client.post("/simulator/flows", facts | {"status": "TIRED"})
    assert wrong.status_code == 400


def test_an_id_that_nobody_has_is_refused(client: Client) -> None:
    for path in ("1", "1/publish", "1/deprecate", "1/assets"):
        assert code_of(post(client, path, {})) == 100


def test_the_public_key_is_kept(client: Client) -> None:
    url = f"{NUMBER}/whatsapp_business_encryption"
    assert client.get(url, headers=HEADERS).json() == {"data": []}
    pem = flow_endpoint.Endpoint(answer=lambda _: {}).public_key
    for _ in range(2):
        answer = client.post(url, {"business_public_key": pem}, headers=HEADERS)
        assert answer.json() == {"success": True}
    (held,) = client.get(url, headers=HEADERS).json()["data"]
    assert held["business_public_key"].split() == pem.split()
    assert held["business_public_key_signature_status"] == "VALID"


@pytest.mark.parametrize("pem", ["", "no key"])
def test_what_is_no_public_key_is_refused(client: Client, pem: str) -> None:
    url = f"{NUMBER}/whatsapp_business_encryption"
    answer = client.post(url, {"business_public_key": pem}, headers=HEADERS)
    assert code_of(answer) == 100


def test_the_app_hears_the_account(client: Client) -> None:
    url = f"{ACCOUNT}/subscribed_apps"
    assert client.post(url, headers=HEADERS).json() == {"success": True}
    assert len(client.get(url, headers=HEADERS).json()["data"]) == 1
