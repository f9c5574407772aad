"""The real Flow on a phone of the page, against an endpoint that is not the product's."""

import json
import time
from collections.abc import Callable, Iterator

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from openfinance import native_flow
from openfinance.native_flow import BankOption
from tests.whatsapp.simulator import flows
from tests.whatsapp.simulator.bodies import TOKEN, message
from tests.whatsapp.simulator.flow_endpoint import Answer, Endpoint, Request, serving
from tests.whatsapp.simulator.server import Meta

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SOON = 10_000
BANKS = {
    bank.id: bank
    for bank in (
        BankOption(id="nubank", title="Nubank", description="Nu Pagamentos S.A."),
        BankOption(id="inter", title="Inter"),
    )
}
PING = {"data": {"status": "active"}}


def script(request: Request) -> Answer:
    """Answer as the product does, without remembering anything."""
    data = request.get("data") or {}
    match request["action"], data.get("step"):
        case "ping", _:
            return PING
        case _, "choose":
            return dict(native_flow.steps_screen(BANKS[data["bank"]]))
        case _, "start":
            return dict(native_flow.done_screen(BANKS[data["bank"]]))
    query = data.get("query", "")
    found = [bank for bank in BANKS.values() if query.lower() in bank.title.lower()]
    return dict(native_flow.banks_screen(found, query, len(found)))


@pytest.fixture(scope="module")
def endpoint() -> Endpoint:
    return Endpoint(answer=script)


@pytest.fixture
def alice(meta: Meta, new_page: Page, endpoint: Endpoint) -> Iterator[Locator]:
    """Publish the Flow, send it to Alice, and open the page."""
    endpoint.answer = script
    with serving(endpoint) as url:
        flow_id = publish(meta, url, endpoint.public_key)
        flow = flows.body(flow_name=None, flow_id=flow_id)
        meta.send(message("interactive", flow)).raise_for_status()
        endpoint.heard.clear()
        new_page.goto(f"{meta.address}/simulator/")
        yield new_page.get_by_label("Telefone de Alice")


def publish(meta: Meta, url: str, public_key: str) -> str:
    """Do what an operator does once at Meta, and return the id of the Flow."""
    graph = f"{meta.address}/simulator/graph/v26.0"

    def post(path: str, **options: object) -> str:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = requests.post(f"{graph}/{path}", headers=headers, timeout=10, **options)  # type: ignore[arg-type]
        answer.raise_for_status()
        return str(answer.json().get("id"))

    key = {"business_public_key": public_key}
    post("106540352242922/whatsapp_business_encryption", data=key)
    facts = {"name": url, "categories": ["OTHER"], "endpoint_uri": url}
    flow = post("102290129340398/flows", json=facts)
    screens = json.dumps(native_flow.definition(privacy_url="https://pierre.finance/privacidade"))
    asset = {"name": "flow.json", "asset_type": "FLOW_JSON"}
    post(f"{flow}/assets", data=asset, files={"file": ("flow.json", screens)})
    post(f"{flow}/publish")
    return flow


def cta(alice: Locator) -> Locator:
    return alice.get_by_role("button", name="Escolher banco")


def tap(alice: Locator, name: str) -> None:
    alice.get_by_role("dialog").get_by_role("button", name=name).click(timeout=SOON)


def title(alice: Locator) -> Locator:
    return alice.get_by_role("dialog").get_by_role("heading", level=2)


def slowly(seconds: float) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        time.sleep(seconds)
        return script(request)

    return answer


def test_a_bank_is_searched_for_and_chosen(alice: Locator, endpoint: Endpoint) -> None:
    cta(alice).click()
    alice.get_by_label("Nome do banco").fill("nu", timeout=SOON)
    tap(alice, "Buscar")
    expect(alice.get_by_role("radio")).to_have_count(1)
    alice.get_by_role("radio", name="Nubank").check()
    tap(alice, "Continuar")
    tap(alice, "Receber o link")
    tap(alice, "Voltar à conversa")
    expect(alice.get_by_text("Resposta enviada")).to_be_visible(timeout=SOON)
    expect(alice.get_by_role("dialog")).to_have_count(0)
    steps = [request["data"].get("step") for request in endpoint.heard]
    assert steps == [None, "search", "choose", "start"]


def test_the_way_back_keeps_what_was_chosen(alice: Locator) -> None:
    cta(alice).click()
    alice.get_by_role("radio", name="Inter").check(timeout=SOON)
    tap(alice, "Continuar")
    expect(title(alice)).to_have_text("Como funciona")
    tap(alice, "Voltar")
    expect(alice.get_by_role("radio", name="Inter")).to_be_checked()


def test_each_screen_is_read_out_from_its_title(alice: Locator, new_page: Page) -> None:
    cta(alice).focus()
    new_page.keyboard.press("Enter")
    expect(title(alice)).to_have_text("Conectar um banco", timeout=SOON)
    expect(title(alice)).to_be_focused()
    alice.get_by_role("radio", name="Inter").check()
    alice.get_by_role("button", name="Continuar").press("Enter")
    expect(title(alice)).to_have_text("Como funciona")
    expect(title(alice)).to_be_focused()


def test_enter_in_the_search_field_searches_and_stays_in_it(alice: Locator, new_page: Page) -> None:
    cta(alice).click()
    field = alice.get_by_label("Nome do banco")
    field.fill("inter", timeout=SOON)
    new_page.keyboard.press("Enter")
    expect(alice.get_by_role("radio")).to_have_count(1)
    expect(field).to_be_focused()


def test_a_slow_screen_is_waited_for_and_a_second_tap_does_nothing(
    alice: Locator, endpoint: Endpoint
) -> None:
    endpoint.answer = slowly(1)
    cta(alice).click()
    expect(alice.get_by_text("Carregando")).to_be_visible()
    alice.get_by_role("radio", name="Inter").check(timeout=SOON)
    alice.get_by_role("button", name="Continuar").evaluate("it => { it.click(); it.click(); }")
    expect(title(alice)).to_have_text("Como funciona", timeout=SOON)
    assert len(endpoint.heard) == 2


def test_what_went_wrong_is_tried_again(alice: Locator, endpoint: Endpoint) -> None:
    cta(alice).click()
    alice.get_by_role("radio", name="Inter").check(timeout=SOON)
    endpoint.answer = lambda _: (500, {})
    tap(alice, "Continuar")
    expect(alice.get_by_role("alert")).to_contain_text("Algo deu errado", timeout=SOON)
    endpoint.answer = script
    tap(alice, "Tentar de novo")
    expect(title(alice)).to_have_text("Como funciona", timeout=SOON)


def test_a_token_that_ended_takes_the_button_away(alice: Locator, endpoint: Endpoint) -> None:
    endpoint.answer = lambda _: (427, {"error_msg": "Este pedido não vale mais."})
    cta(alice).click()
    expect(alice.get_by_text("Este pedido não vale mais.")).to_be_visible(timeout=SOON)
    tap(alice, "Voltar à conversa")
    expect(cta(alice)).to_be_disabled()


def test_a_flow_that_was_closed_begins_again(alice: Locator, new_page: Page) -> None:
    cta(alice).click()
    alice.get_by_role("radio", name="Inter").check(timeout=SOON)
    tap(alice, "Continuar")
    expect(title(alice)).to_have_text("Como funciona", timeout=SOON)
    new_page.keyboard.press("Escape")
    expect(alice.get_by_role("dialog")).to_have_count(0)
    expect(cta(alice)).to_be_focused()
    cta(alice).click()
    expect(title(alice)).to_have_text("Conectar um banco", timeout=SOON)


def test_an_open_flow_outlives_new_messages(alice: Locator, meta: Meta) -> None:
    cta(alice).click()
    alice.get_by_label("Nome do banco").fill("nu", timeout=SOON)
    meta.send()
    expect(alice.get_by_text("Oi!")).to_be_attached(timeout=SOON)
    expect(alice.get_by_label("Nome do banco")).to_have_value("nu")
