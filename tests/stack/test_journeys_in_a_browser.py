"""A person chooses a bank on their phone, from the integrator's call to the bank's page."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from pierre.local import flow_key, house
from tests.stack.conftest import Serve, Service

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SOON = 15_000


@pytest.fixture
def service(serve: Serve, tmp_path: Path) -> Service:
    service = serve(WHATSAPP_FLOW_PRIVATE_KEYS=str(flow_key.ensure(tmp_path)))
    house.publish(service.stack)
    return service


def phone_of(page: Page, service: Service, name: str) -> Locator:
    page.goto(service.stack.simulator_url)
    return page.get_by_role("region", name=f"Telefone de {name}")


def require_link(alice: Locator, page: Page, bank: str) -> None:
    """Follow the newest link, and require the page of the bank."""
    expect(alice.get_by_text(f"Banco escolhido: {bank}.")).to_be_visible(timeout=SOON)
    link = alice.get_by_role("link", name="Continuar").last
    page.goto(str(link.get_attribute("href")))
    expect(page.get_by_text(bank, exact=True).first).to_be_visible()


def outgoing(service: Service) -> int:
    return sum(not message["is_from_person"] for message in service.phone("alice"))


def test_by_the_flow(service: Service, new_page: Page) -> None:
    alice = phone_of(new_page, service, "Alice")
    assert service.call("alice").status_code == 200
    alice.get_by_role("button", name="Ver bancos").click(timeout=SOON)
    sheet = new_page.get_by_role("dialog")
    sheet.get_by_label("Nome do banco").fill("itau")
    sheet.get_by_role("button", name="Buscar").click()
    sheet.get_by_role("radio", name="Itaú").check(timeout=SOON)
    sheet.get_by_role("button", name="Continuar").click()
    sheet.get_by_role("button", name="Receber o link").click(timeout=SOON)
    sheet.get_by_role("button", name="Voltar à conversa").click(timeout=SOON)
    require_link(alice, new_page, "Itaú")
    assert outgoing(service) == 2


def test_by_the_list_while_the_flow_is_blocked(service: Service, new_page: Page) -> None:
    service.house.execute("UPDATE whatsapp_nativeflow SET status = 'BLOCKED'")
    alice = phone_of(new_page, service, "Alice")
    assert service.call("alice").status_code == 200
    alice.get_by_role("button", name="Ver bancos").click(timeout=SOON)
    sheet = new_page.get_by_role("dialog")
    sheet.get_by_role("radio", name="Nubank").check()
    sheet.get_by_role("button", name="Enviar").click()
    require_link(alice, new_page, "Nubank")
    assert outgoing(service) == 2


def test_by_typing_a_name_that_is_not_in_the_list(service: Service, new_page: Page) -> None:
    alice = phone_of(new_page, service, "Alice")
    field = alice.get_by_role("textbox")
    field.fill("oi, quero conectar o banrisul por favor")
    field.press("Enter")
    require_link(alice, new_page, "Banrisul")
    assert outgoing(service) == 1
