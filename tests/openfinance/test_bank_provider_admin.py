"""Who serves a bank is staff's to say, in the admin, with what it means said to them first."""

import base64
import html
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from openfinance import catalogue
from openfinance.models import Bank, Connection, Consent, ConsentText

BANKS = "/admin/openfinance/bank/"
BRASIL = {
    "issuer": "https://auth.bank.example",
    "consents_url": "https://api.bank.example/open-banking/consents/v3/consents",
    "client_id": "ours",
}


@pytest.fixture
def staff(db: None) -> Client:
    catalogue.sync()
    client = Client()
    client.force_login(User.objects.create_superuser("equipe@example.com", "senha"))
    return client


def neon() -> Bank:
    return Bank.objects.get(slug="neon")


def save(staff: Client, **changes: Any) -> str:
    bank = neon()
    data = {
        "name": bank.name,
        "aliases": ",".join(bank.aliases),
        "position": bank.position,
        "audience": bank.audience,
        "provider": bank.provider,
        "provider_reference": json.dumps(bank.provider_reference),
        "initial-provider_reference": json.dumps(bank.provider_reference),
    }
    response = staff.post(f"{BANKS}{bank.pk}/change/", data | changes, follow=True)
    return html.unescape(response.content.decode())


def connect(user: User) -> None:
    connection = Connection.objects.create(user=user, bank=neon())
    Consent.objects.create(
        connection=connection,
        text=ConsentText.objects.create(digest="0" * 64, text="x"),
        status=Consent.Status.AUTHORISED,
        purpose="x",
        groups=[],
        requested_permissions=[],
        channel="page",
        provider="sandbox",
        authorised_at=timezone.now(),
    )


@pytest.mark.parametrize(
    ("provider", "reference"),
    [("brasil", BRASIL), ("pluggy", {"connector_id": 612}), ("sandbox", {}), ("", {})],
)
def test_staff_say_who_serves_a_bank(
    staff: Client, provider: str, reference: dict[str, Any]
) -> None:
    save(staff, provider=provider, provider_reference=json.dumps(reference))
    assert (neon().provider, neon().provider_reference) == (provider, reference)


@pytest.mark.parametrize(
    ("provider", "reference", "complaint"),
    [
        ("brasil", {}, "issuer: precisa ser um endereço https."),
        ("brasil", BRASIL | {"issuer": "http://bank.example"}, "issuer: precisa ser"),
        ("brasil", BRASIL | {"consents_url": 3}, "consents_url: precisa ser"),
        ("brasil", BRASIL | {"discovery_url": "x"}, "discovery_url: precisa ser"),
        ("brasil", BRASIL | {"client_id": ""}, "client_id: falta"),
        ("pluggy", {"connector_id": "612"}, "connector_id: precisa ser o número"),
        ("pluggy", {"connector_id": True}, "connector_id: precisa ser o número"),
        ("sandbox", ["x"], "A referência é um objeto"),
    ],
)
def test_a_reference_that_the_provider_cannot_use_is_refused(
    staff: Client, provider: str, reference: object, complaint: str
) -> None:
    text = save(staff, provider=provider, provider_reference=json.dumps(reference))
    assert complaint in text
    assert neon().provider == ""


def test_a_change_that_touches_connections_says_what_becomes_of_them_first(
    staff: Client, alice: User
) -> None:
    Bank.objects.filter(slug="neon").update(provider="sandbox")
    connect(alice)
    change = {"provider": "pluggy", "provider_reference": '{"connector_id": 612}'}
    text = save(staff, **change)
    assert "Conexões ativas: 1. Elas continuam com o provedor de antes (Banco de testes)" in text
    assert neon().provider == "sandbox"
    save(staff, **change, understood="on")
    assert neon().provider == "pluggy"


def test_another_reference_of_the_same_provider_says_that_it_is_for_all(
    staff: Client, alice: User
) -> None:
    Bank.objects.filter(slug="neon").update(
        provider="pluggy", provider_reference={"connector_id": 1}
    )
    connect(alice)
    text = save(staff, provider_reference='{"connector_id": 2}')
    assert "Conexões ativas: 1. Elas passam a usar a nova referência" in text


def test_nothing_else_is_asked_about(staff: Client, alice: User) -> None:
    Bank.objects.filter(slug="neon").update(provider="brasil")
    connect(alice)
    save(staff, name="Azulzinho")
    assert neon().name == "Azulzinho"


def test_what_a_sync_changed_while_the_page_was_open_is_not_put_back(staff: Client) -> None:
    opened = {"initial-provider_reference": "{}", "provider_reference": "{}"}
    Bank.objects.filter(slug="neon").update(provider="brasil", provider_reference=BRASIL)
    save(staff, **opened, position=5)
    assert (neon().position, neon().provider_reference) == (5, BRASIL)


def test_an_emptied_reference_is_an_empty_one(staff: Client) -> None:
    Bank.objects.filter(slug="neon").update(provider_reference=BRASIL)
    save(staff, provider_reference="")
    assert neon().provider_reference == {}


def test_the_logo_is_shown_and_its_absence_told(staff: Client) -> None:
    address = f"{BANKS}{neon().pk}/change/"
    assert "Sem logotipo" in staff.get(address).content.decode()
    Bank.objects.filter(slug="neon").update(logo_png=b"\x89PNG")
    response = staff.get(address)
    data = base64.b64encode(b"\x89PNG").decode()
    assert f'src="data:image/png;base64,{data}"' in response.content.decode()
    assert "img-src 'self' data:" in response["Content-Security-Policy"]


def test_the_list_loads_no_logos(staff: Client) -> None:
    response = staff.get(BANKS)
    assert response.context["cl"].result_list[0].get_deferred_fields() == {"logo_png"}


def test_banks_of_businesses_are_told_apart(staff: Client) -> None:
    Bank.objects.filter(slug="neon").update(audience="PJ")
    response = staff.get(BANKS, {"situation": "businesses"})
    assert [bank.slug for bank in response.context["cl"].result_list] == ["neon"]
    assert "Só para empresas" in response.content.decode()
    assert catalogue.search("neon") == []
