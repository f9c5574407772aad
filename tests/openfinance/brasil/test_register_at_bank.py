"""`manage.py register_at_bank`, against a bank at the HTTP edge."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts import sealed
from openfinance import catalogue, registrations, serving
from openfinance.models import Bank as BankRow
from openfinance.models import ProviderKey
from openfinance.providers.brasil import BrasilProvider
from openfinance.serving_plans import BanksChanged
from tests.openfinance.brasil.bank import ISSUER, MTLS, REFERENCE, Bank
from tests.openfinance.brasil.test_registration import ANSWER, DISCOVERY, statement

SERVER = {
    "issuer": ISSUER,
    "discovery_url": DISCOVERY,
    "consents_url": REFERENCE["consents_url"],
}


@pytest.fixture(autouse=True)
def _row(
    live_db: None, settings: Settings, adapter: BrasilProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue.sync()
    nubank().update(provider="brasil", provider_reference=SERVER)
    settings.OPEN_FINANCE_PROVIDERS = {"brasil": {}}
    monkeypatch.setattr(serving, "_made", {"brasil": adapter}.__getitem__)


def nubank() -> Any:
    return BankRow.objects.filter(slug="nubank")


def reference() -> dict[str, Any]:
    found: dict[str, Any] = nubank().get().provider_reference
    return found


def run(path: Path, token: str, *options: str) -> str:
    (path / "statement.jwt").write_text(f"{token}\n")
    out = StringIO()
    call_command("register_at_bank", "nubank", str(path / "statement.jwt"), *options, stdout=out)
    return out.getvalue()


def test_the_client_id_goes_to_the_row_and_the_right_to_change_it_is_sealed(
    bank: Bank, tmp_path: Path
) -> None:
    bank.answers("POST", f"{MTLS}/register", ANSWER, 201)
    assert run(tmp_path, statement(bank)) == "nubank: registered as new-client\n"
    assert reference() == {**SERVER, "client_id": "new-client", "encrypts_requests": False}
    row = ProviderKey.objects.get(name__startswith="brasil:nubank:")
    assert json.loads(sealed.reveal(row, "key", user=None, purpose="test")) == {
        "management_url": f"{MTLS}/register/new-client",
        "access_token": "manages-it",
    }


def test_encrypted_requests_are_asked_for_and_remembered(bank: Bank, tmp_path: Path) -> None:
    bank.answers("POST", f"{MTLS}/register", ANSWER, 201)
    run(tmp_path, statement(bank), "--encrypt-requests")
    assert reference()["encrypts_requests"] is True
    sent = json.loads(bank.calls(f"{MTLS}/register")[0].body)
    assert sent["request_object_encryption_alg"] == "RSA-OAEP"


def test_nobody_is_registered_twice(bank: Bank, tmp_path: Path) -> None:
    bank.answers("POST", f"{MTLS}/register", ANSWER, 201)
    run(tmp_path, statement(bank))
    with pytest.raises(CommandError, match="has a client_id"):
        run(tmp_path, statement(bank))
    assert len(bank.calls(f"{MTLS}/register")) == 1


def test_a_refusal_is_told_and_keeps_nothing(bank: Bank, tmp_path: Path) -> None:
    bank.answers("POST", f"{MTLS}/register", {"error": "unapproved_software_statement"}, 403)
    with pytest.raises(CommandError, match="nubank: client_refused"):
        run(tmp_path, statement(bank))
    assert reference() == SERVER
    assert not ProviderKey.objects.exists()


def test_a_bank_that_another_serves_or_that_is_unknown_is_refused(
    bank: Bank, tmp_path: Path
) -> None:
    nubank().update(provider="pluggy")
    with pytest.raises(CommandError, match="leads to no server"):
        run(tmp_path, statement(bank))
    with pytest.raises(CommandError, match="There is no bank nowhere"):
        call_command("register_at_bank", "nowhere", str(tmp_path / "statement.jwt"))


def test_without_the_provider_that_is_told(bank: Bank, tmp_path: Path, settings: Settings) -> None:
    settings.OPEN_FINANCE_PROVIDERS = {}
    with pytest.raises(CommandError, match="Nobody serves this bank"):
        run(tmp_path, statement(bank))


def test_a_row_that_a_sync_moved_meanwhile_does_not_get_another_servers_client_id(
    bank: Bank,
) -> None:
    bank.answers("POST", f"{MTLS}/register", ANSWER, 201)
    seen = nubank().get()
    nubank().update(provider_reference={**SERVER, "issuer": "https://other.example"})
    with pytest.raises(BanksChanged):
        registrations.register(bank=seen, software_statement=statement(bank))
    assert "client_id" not in reference()
    assert ProviderKey.objects.filter(name__startswith="brasil:nubank:").count() == 1
