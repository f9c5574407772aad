"""What fails on a page of people is told to them in a page, and to programs in JSON."""

import pytest
from django.test import Client
from pytest_django import Settings

BROKEN = ["/conectar/x", "/conexoes/x"]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.django_db
@pytest.mark.parametrize("path", BROKEN)
def test_an_error_of_ours_is_told_in_portuguese_without_its_cause(
    client: Client, path: str, settings: Settings
) -> None:
    settings.LINK_KEY = ""
    answer = client.get(path)
    assert (answer.status_code, "Algo deu errado do nosso lado" in answer.text) == (500, True)
    assert "A token needs a key" not in answer.text


@pytest.mark.parametrize("path", ["/conectar/", "/conexoes/x/y", "/conta/", "/conta/x"])
def test_an_address_that_leads_nowhere_is_told_in_portuguese(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, "Não encontramos esta página" in answer.text) == (404, True)


@pytest.mark.parametrize("path", BROKEN)
def test_an_unknown_host_is_told_in_portuguese(client: Client, path: str) -> None:
    answer = client.get(path, headers={"Host": "evil.example"})
    assert (answer.status_code, "Não entendemos este pedido" in answer.text) == (400, True)


def test_an_unknown_host_for_an_account_is_told_so_without_a_link_of_the_chat(
    client: Client,
) -> None:
    answer = client.get("/conta", headers={"Host": "evil.example"})
    assert (answer.status_code, "Volte à sua conta" in answer.text) == (400, True)


@pytest.mark.parametrize("path", ["/conectarx/", "/contabilidade"])
def test_programs_get_json_all_the_same(client: Client, path: str) -> None:
    assert client.get(path).json()["type"] == "not_found"


@pytest.mark.django_db
def test_staff_whose_form_is_refused_see_djangos_page(settings: Settings) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/admin/login/", {"username": "x"})
    assert (answer.status_code, "CSRF" in answer.text) == (403, True)
