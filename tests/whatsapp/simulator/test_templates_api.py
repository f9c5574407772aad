"""Templates are created, listed, edited and reviewed as at Meta."""

import copy
from typing import Any

import pytest
from django.test import Client

from openfinance import catalogue, message_templates
from tests.whatsapp.simulator.bodies import ACCOUNT, TEMPLATE, TOKEN
from tests.whatsapp.simulator.business import Business
from tests.whatsapp.simulator.test_graph import change
from whatsapp import updates
from whatsapp.simulator.models import SimulatedTemplate

HEADERS = {"Authorization": f"Bearer {TOKEN}"}

pytestmark = pytest.mark.django_db


def post(client: Client, path: str, body: object) -> Any:
    return client.post(path, body, content_type="application/json", headers=HEADERS)


def listed(client: Client, **query: str | int) -> dict[str, Any]:
    answer = client.get(f"{ACCOUNT}/message_templates", query, headers=HEADERS)
    return dict(answer.json())


def refused(answer: Any) -> int:
    """Return the code of an answer that must be a refusal."""
    assert answer.status_code in {400, 401}
    return int(answer.json()["error"]["code"])


def create(client: Client, **changes: Any) -> Any:
    body = copy.deepcopy({**TEMPLATE, **changes})
    del body["status"]
    return post(client, f"{ACCOUNT}/message_templates", body)


def review(client: Client, **how: object) -> None:
    answer = client.post("/simulator/review", how, content_type="application/json")
    assert answer.status_code == 200


def test_one_is_approved_after_a_moment_and_a_webhook_says_so(
    client: Client, business: Business
) -> None:
    created = create(client).json()
    assert (created["status"], created["category"]) == ("PENDING", "UTILITY")
    assert listed(client)["data"][0]["status"] == "PENDING"
    review(client, seconds=0)
    create(client, name="outro")
    assert listed(client)["data"][1]["status"] == "APPROVED"
    (update,) = business.told()
    assert isinstance(update, updates.TemplateStatus)
    assert (update.event, update.name, update.language) == ("APPROVED", "outro", "pt_BR")
    assert update.template_id == listed(client)["data"][1]["id"]


def test_on_demand_it_is_rejected_or_left(client: Client, business: Business) -> None:
    review(client, verdict="REJECTED", seconds=0)
    create(client)
    assert listed(client)["data"][0]["rejected_reason"] == "INVALID_FORMAT"
    review(client, verdict="NONE", seconds=0)
    create(client, name="outro")
    assert listed(client)["data"][1]["status"] == "PENDING"
    (update,) = business.told()
    assert isinstance(update, updates.TemplateStatus)
    assert (update.event, update.reason) == ("REJECTED", "INVALID_FORMAT")


def test_a_status_is_told_once(client: Client, account: None, business: Business) -> None:
    for _ in range(2):
        facts = {"name": "conexao_pendente", "status": "PAUSED"}
        client.post("/simulator/templates", facts, content_type="application/json")
    (update,) = business.told()
    assert isinstance(update, updates.TemplateStatus)
    assert (update.event, update.title) == ("PAUSED", "FIRST_PAUSE")


@pytest.mark.parametrize("facts", [{"name": "outro", "status": "PAUSED"}, {"status": "PAUSED"}])
def test_a_template_that_nobody_knows_gets_no_status(client: Client, facts: object) -> None:
    answer = client.post("/simulator/templates", facts, content_type="application/json")
    assert answer.status_code == 404


def test_a_list_comes_in_pages(client: Client) -> None:
    for number in range(5):
        create(client, name=f"modelo_{number}")
    first = listed(client, limit=2, fields="name")
    assert [each["name"] for each in first["data"]] == ["modelo_0", "modelo_1"]
    assert set(first["data"][0]) == {"id", "name"}
    second = listed(client, limit=2, after=first["paging"]["cursors"]["after"])
    last = listed(client, limit=2, after=second["paging"]["cursors"]["after"])
    assert [each["name"] for each in last["data"]] == ["modelo_4"]
    assert ("next" in second["paging"], "next" in last["paging"]) == (True, False)


def test_an_empty_list_is_one(client: Client) -> None:
    assert listed(client) == {"data": []}


@pytest.mark.parametrize("query", [{"fields": "name,colour"}, {"after": "x"}, {"limit": "9" * 30}])
def test_a_list_of_what_is_not_there_is_refused(client: Client, query: Any) -> None:
    create(client)
    assert "error" in listed(client, **query)


def test_a_name_is_taken_once_for_each_language(client: Client) -> None:
    create(client)
    error = create(client).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 2388024)
    assert create(client, language="en_US").status_code == 200


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "Com Maiúsculas"),
        ("language", "português"),
        ("category", "OTHER"),
        ("components", []),
        ("components.0.type", "VIDEO"),
        ("components.0.text", None),
        ("components.0.text", "x" * 1025),
        ("components.0.text", "{{1}} começa"),
        ("components.0.text", "Termina com {{1}}"),
        ("components.0.text", "Oi {{1}}{{2}}!"),
        ("components.0.example", None),
        ("components.0", None),
        ("components.1.buttons", []),
        ("components.1.buttons.0.text", "x" * 26),
        ("components.1.buttons.0.type", "DANCE"),
        ("components.1.buttons.1.url", "https://a.b/{{1}}/c"),
        ("components.1.buttons.1.url", "https://a.b/{{1}}{{2}}"),
        ("components.1.buttons.1.example", None),
    ],
)
def test_what_meta_does_not_take_is_refused(client: Client, path: str, value: Any) -> None:
    body = change(copy.deepcopy(TEMPLATE), path, value)
    assert refused(post(client, f"{ACCOUNT}/message_templates", body))
    assert not SimulatedTemplate.objects.exists()


@pytest.mark.parametrize(
    "kinds",
    [
        ["URL"] * 3,
        ["PHONE_NUMBER"] * 2,
        ["QUICK_REPLY"] * 11,
        ["QUICK_REPLY", "URL", "QUICK_REPLY"],
    ],
)
def test_buttons_that_meta_does_not_take_are_refused(client: Client, kinds: list[str]) -> None:
    buttons = [{"type": kind, "text": "A", "url": "https://a.b"} for kind in kinds]
    components = [{"type": "BODY", "text": "Oi!"}, {"type": "BUTTONS", "buttons": buttons}]
    assert refused(create(client, components=components))


@pytest.mark.parametrize(
    "buttons", [[], [{"type": "URL", "text": "A", "url": "https://a.b"}], [{"type": "OTP"}] * 2]
)
def test_a_code_comes_with_one_button_that_copies_it(client: Client, buttons: Any) -> None:
    components = [{"type": "BODY"}, {"type": "BUTTONS", "buttons": buttons}]
    assert refused(create(client, category="AUTHENTICATION", components=components))


def test_all_templates_of_the_product_are_taken(client: Client) -> None:
    catalogue.sync()
    review(client, seconds=0)
    for definition in message_templates.definitions():
        named = {"name": definition.name, "language": "pt_BR", "category": definition.category}
        answer = post(client, f"{ACCOUNT}/message_templates", named | definition.content())
        assert answer.status_code == 200
    assert {each["status"] for each in listed(client)["data"]} == {"APPROVED"}


def test_an_edited_one_is_reviewed_again(client: Client, account: None) -> None:
    (found,) = listed(client)["data"]
    components = [{"type": "BODY", "text": "Outras palavras"}]
    path = f"/simulator/graph/v26.0/{found['id']}"
    assert post(client, path, {"components": components}).json() == {"success": True}
    changed = client.get(path, {"fields": "status,components"}, headers=HEADERS).json()
    assert (changed["status"], changed["components"]) == ("PENDING", components)
    assert refused(post(client, path, {"components": components})) == 100


def test_an_edit_is_checked_too(client: Client, account: None) -> None:
    path = f"/simulator/graph/v26.0/{SimulatedTemplate.objects.get().meta_id}"
    assert refused(post(client, path, {"components": []}))
    assert SimulatedTemplate.objects.get().status == "APPROVED"


def test_an_account_has_250_at_most(client: Client) -> None:
    SimulatedTemplate.objects.bulk_create(
        SimulatedTemplate(**{**TEMPLATE, "name": f"modelo_{number}"}) for number in range(250)
    )
    assert create(client).json()["error"]["error_subcode"] == 2388019


@pytest.mark.parametrize("path", ["102290129340398", "1"])
def test_only_the_business_and_its_account_get_an_answer(client: Client, path: str) -> None:
    url = f"/simulator/graph/v26.0/{path}/message_templates"
    token = TOKEN if path == "1" else "another"
    answer = client.get(url, headers={"Authorization": f"Bearer {token}"})
    assert refused(answer) == (100 if path == "1" else 190)


@pytest.mark.parametrize("body", ["{", "[]", '{"name": "a\\u0000"}', '{"name": NaN}'])
def test_a_body_that_is_no_object_to_keep_is_refused(client: Client, body: str) -> None:
    assert refused(post(client, f"{ACCOUNT}/message_templates", body))
