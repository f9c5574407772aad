"""`manage.py sync_banks --provider brasil`, from a file."""

import io
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from openfinance import catalogue
from openfinance.directory import brand_rules, names
from openfinance.models import Bank, Connection
from tests.openfinance.directory import pieces
from tests.openfinance.directory.pieces import Row, server_of

pytestmark = pytest.mark.django_db

Sync = Callable[..., list[str]]


@pytest.fixture
def sync(tmp_path: Path) -> Sync:
    """Return how to sync from a directory of these organisations and so many others."""

    def sync(*rows: object, others: int = 50, options: tuple[str, ...] = ("--yes",)) -> list[str]:
        path = tmp_path / "participants.json"
        path.write_bytes(pieces.directory(rows, others=others))
        return run(path, *options)

    return sync


@pytest.fixture
def _nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))


def run(path: Path | str, *options: str) -> list[str]:
    out = StringIO()
    call_command("sync_banks", "--provider", "brasil", "--from", str(path), *options, stdout=out)
    return out.getvalue().splitlines()


def bank(slug: str) -> Bank:
    return Bank.objects.get(slug=slug)


def everything() -> list[dict[str, Any]]:
    return [dict(row) for row in Bank.objects.order_by("pk").values()]


def test_a_brand_becomes_a_bank_with_what_its_provider_needs(sync: Sync) -> None:
    lines = sync(pieces.nubank())
    nubank = bank("nubank")
    assert "created  nubank: Nubank (PF)" in lines
    assert (nubank.provider, nubank.ispb, nubank.cnpj) == ("brasil", "18236120", "18236120000158")
    assert nubank.provider_reference == {
        "organisation_id": pieces.nubank()["OrganisationId"],
        "authorisation_server_id": server_of(pieces.nubank())["AuthorisationServerId"],
        "brand": "Nubank",
        "issuer": "https://auth.openfinance.nubank.example.com.br",
        "discovery_url": (
            "https://auth.openfinance.nubank.example.com.br/.well-known/openid-configuration"
        ),
        "consents_url": (
            "https://openfinance.nubank.example.com.br/open-banking/consents/v3/consents"
        ),
    }


def test_a_bank_of_ours_is_found_by_its_code_and_keeps_its_curated_facts(sync: Sync) -> None:
    catalogue.sync()
    lines = sync(pieces.nubank(), pieces.inter(), pieces.bradesco())
    assert 'updated  nubank: provider "" -> "brasil"' in lines
    assert "created  inter-empresas: Inter Empresas (PJ)" in lines
    assert bank("nubank").legal_name == "Nu Pagamentos S.A. - Instituição de Pagamento"
    assert bank("inter").provider_reference["brand"] == "Banco Inter PF"


def test_the_brands_of_one_organisation_go_to_the_banks_that_the_rules_name(sync: Sync) -> None:
    catalogue.sync()
    sync(pieces.bradesco())
    assert bank("bradesco").provider_reference["brand"] == "Bradesco Pessoa Física"
    assert (bank("bradesco-empresas").audience, bank("next").audience) == ("PJ", "PF")
    assert bank("next").ispb == bank("bradesco").ispb


def test_who_registers_by_another_number_is_known_by_the_table(sync: Sync) -> None:
    catalogue.sync()
    row = pieces.recorded("organisation_that_registers_by_another_number")
    row["OrganisationId"] = "an-id-that-no-rule-has"
    sync(row)
    assert bank("sicoob").provider == "brasil"


def test_a_code_alone_does_not_give_a_bank_somebody_elses_brand(sync: Sync) -> None:
    catalogue.sync()
    sync(pieces.recorded("organisation_with_a_brand_of_others"))
    assert bank("bv").provider == ""
    assert bank("meliuz").ispb == "59588111"


def test_a_name_alone_gives_nobody_a_bank(sync: Sync) -> None:
    catalogue.sync()
    row = pieces.nubank() | {"OrganisationId": "unknown", "RegistrationNumber": "99999999000100"}
    lines = sync(row)
    assert "problem  NU PAGAMENTOS S.A. - INSTITUICAO DE PAGAMENTO: Nubank: nubank is called" in [
        line.partition(" Nubank already")[0] for line in lines
    ]
    assert bank("nubank").provider == ""


def test_a_renamed_brand_is_known_by_its_server(sync: Sync) -> None:
    sync(pieces.other(60))
    row = pieces.other(60)
    server_of(row)["CustomerFriendlyName"] = "Nome Novo"
    sync(row)
    assert bank("cooperativa-ci").provider_reference["brand"] == "Nome Novo"
    assert not Bank.objects.filter(slug="nome-novo").exists()


def test_people_are_not_offered_the_brands_of_businesses(sync: Sync) -> None:
    sync(pieces.inter())
    assert [found.slug for found in catalogue.search("inter")] == ["inter"]


def test_a_second_sync_changes_nothing(sync: Sync) -> None:
    catalogue.sync()
    rows = (pieces.nubank(), pieces.inter(), pieces.bradesco())
    sync(*rows)
    before = everything()
    assert sync(*rows) == ["0 created, 0 updated, 56 unchanged, 0 gone, 0 left, 0 problems"]
    assert everything() == before


def test_a_dry_run_shows_the_same_and_writes_nothing(sync: Sync) -> None:
    lines = sync(pieces.nubank(), options=("--dry-run",))
    assert "created  nubank: Nubank (PF)" in lines
    assert lines[-1] == "Dry run: nothing was written."
    assert not Bank.objects.exists()


def test_what_staff_edited_stays(sync: Sync) -> None:
    sync(pieces.nubank())
    edits = {
        "name": "Roxinho",
        "aliases": ["o roxo"],
        "position": 7,
        "is_favourite": True,
        "deactivated_at": timezone.now(),
        "audience": "PJ",
    }
    Bank.objects.filter(slug="nubank").update(**edits)
    row = pieces.nubank() | {"RegisteredName": "NU S.A."}
    lines = sync(row)
    assert 'updated  nubank: legal_name "Nu' not in " ".join(lines)
    assert {field: getattr(bank("nubank"), field) for field in edits} == edits


def test_the_directorys_facts_of_its_own_banks_are_followed(sync: Sync) -> None:
    sync(pieces.other(60))
    lines = sync(pieces.other(60) | {"RegisteredName": "OUTRA LTDA"})
    legal_name = 'legal_name "Cooperativa CI LTDA" -> "OUTRA LTDA"'
    assert f"updated  cooperativa-ci: {legal_name}" in lines
    assert bank("cooperativa-ci").legal_name == "OUTRA LTDA"


@pytest.mark.parametrize(
    ("provider", "reference"), [("pluggy", {"connector_id": 612}), ("", {"issuer": "x"})]
)
def test_whom_staff_let_serve_a_bank_stays(
    sync: Sync, provider: str, reference: dict[str, Any]
) -> None:
    catalogue.sync()
    row = Bank.objects.filter(slug="nubank")
    row.update(provider=provider, provider_reference=reference)
    assert "left     nubank: staff chose who serves it" in sync(pieces.nubank())
    assert row.filter(provider=provider, provider_reference=reference).exists()


def test_our_registration_at_the_server_stays_while_the_server_does(sync: Sync) -> None:
    sync(pieces.nubank())
    reference = bank("nubank").provider_reference | {"client_id": "ours"}
    Bank.objects.filter(slug="nubank").update(provider_reference=reference)
    row = pieces.nubank()
    server_of(row)["Issuer"] = "https://new.nubank.example.com.br"
    issuer = 'provider_reference.issuer "https://auth.openfinance.nubank.example.com.br"'
    assert f'updated  nubank: {issuer} -> "https://new.nubank.example.com.br"' in sync(row)
    assert bank("nubank").provider_reference["client_id"] == "ours"


@pytest.mark.usefixtures("_nobody_to_ask")
def test_another_server_of_the_brand_is_asked_about_for_we_are_not_registered_there(
    sync: Sync,
) -> None:
    sync(pieces.nubank())
    reference = bank("nubank").provider_reference | {"client_id": "ours"}
    Bank.objects.filter(slug="nubank").update(provider_reference=reference)
    row = pieces.nubank()
    server_of(row)["AuthorisationServerId"] = "another"
    with pytest.raises(CommandError, match="Nothing was written"):
        sync(row, options=())
    assert bank("nubank").provider_reference["client_id"] == "ours"
    assert any(line.startswith("moved    nubank") for line in sync(row))
    assert "client_id" not in bank("nubank").provider_reference


def test_a_brand_that_is_gone_becomes_unavailable_and_its_connections_stay(
    sync: Sync, alice: User
) -> None:
    sync(pieces.nubank())
    Connection.objects.create(user=alice, bank=bank("nubank"))
    reference = bank("nubank").provider_reference
    lines = sync()
    assert "gone     nubank: unavailable from now on; its connections stay" in lines
    assert bank("nubank").unavailable_reason.startswith("Fora do Open Finance (diretório de ")
    assert bank("nubank").provider_reference == reference
    assert Connection.objects.filter(bank__slug="nubank").exists()


def test_a_brand_that_is_back_is_available_again(sync: Sync) -> None:
    sync(pieces.nubank())
    sync()
    sync(pieces.nubank())
    assert Bank.objects.active().filter(slug="nubank").exists()


def test_a_bank_out_of_it_for_another_reason_stays_so(sync: Sync) -> None:
    sync(pieces.nubank())
    Bank.objects.filter(slug="nubank").update(unavailable_reason="Em liquidação extrajudicial")
    sync(pieces.nubank())
    assert bank("nubank").unavailable_reason == "Em liquidação extrajudicial"


def test_the_shipped_file_and_the_directory_do_not_undo_each_other(sync: Sync) -> None:
    catalogue.sync()
    daycoval = pieces.nubank() | {
        "OrganisationId": "daycoval",
        "RegistrationNumber": "62232889000190",
    }
    server_of(daycoval).update(
        AuthorisationServerId="daycoval", CustomerFriendlyName="Banco Daycoval"
    )
    sync(daycoval)
    assert catalogue.sync().changes == ()
    sync()
    assert catalogue.sync().changes == ()
    assert not Bank.objects.active().filter(slug="daycoval").exists()


@pytest.mark.usefixtures("_nobody_to_ask")
def test_nothing_is_taken_away_when_there_is_nobody_to_ask(sync: Sync) -> None:
    sync(pieces.nubank())
    before = everything()
    with pytest.raises(CommandError, match="say --yes"):
        sync(pieces.other(60), options=())
    assert everything() == before


@pytest.mark.parametrize(("answer", "is_gone"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_what_is_taken_away_is_asked_about(
    sync: Sync, monkeypatch: pytest.MonkeyPatch, answer: str, *, is_gone: bool
) -> None:
    sync(pieces.nubank())
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    if is_gone:
        sync(options=())
    else:
        with pytest.raises(CommandError, match="Nothing was written"):
            sync(options=())
    assert Bank.objects.active().filter(slug="nubank").exists() is not is_gone


@pytest.mark.usefixtures("_nobody_to_ask")
def test_what_only_adds_is_not_asked_about(sync: Sync) -> None:
    sync(pieces.nubank(), options=())
    assert bank("nubank").provider == "brasil"


@pytest.mark.usefixtures("_nobody_to_ask")
def test_a_list_that_lacks_more_than_a_fifth_of_our_banks_is_taken_for_cut_short(
    sync: Sync,
) -> None:
    sync(others=70)
    with pytest.raises(CommandError, match=r"^15 of 70 banks are gone"):
        sync(others=55, options=())
    sync(others=55)
    assert Bank.objects.active().count() == 55


def test_fewer_than_fifty_organisations_are_refused_even_with_yes(sync: Sync) -> None:
    with pytest.raises(CommandError, match="49 organisations"):
        sync(others=49)


def test_a_bank_whose_organisation_cannot_be_read_is_not_gone(sync: Sync) -> None:
    sync(pieces.nubank())
    row: Row = pieces.nubank() | {"RegistrationNumber": "?"}
    lines = sync(row)
    assert "0 created, 0 updated, 50 unchanged, 0 gone, 0 left, 1 problems" in lines
    assert Bank.objects.active().filter(slug="nubank").exists()


def test_two_brands_with_one_name_are_one_bank_and_a_problem(sync: Sync) -> None:
    twin = pieces.nubank() | {"OrganisationId": "twin", "RegistrationNumber": "99999999000100"}
    lines = sync(pieces.nubank(), twin)
    assert Bank.objects.filter(name="Nubank").count() == 1
    assert sum(line.startswith("problem") for line in lines) == 1


def test_banks_that_changed_after_they_were_shown_are_not_written(
    sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(pieces.nubank())

    def answer(_question: str) -> str:
        Bank.objects.filter(slug="nubank").update(provider="pluggy")
        return "y"

    monkeypatch.setattr("builtins.input", answer)
    with pytest.raises(CommandError, match="changed since the plan was made"):
        sync(options=())
    assert bank("nubank").unavailable_reason == ""


def test_logos_are_asked_for_apart_and_one_that_is_none_is_told_of(sync: Sync) -> None:
    rows = [pieces.other(number) for number in range(50)]
    for row in rows:
        server_of(row)["CustomerFriendlyLogoUri"] = "naoseaplica"
    problem = "no logo  cooperativa-aa: not an https address"
    assert problem not in sync(*rows, others=0)
    assert problem in sync(*rows, others=0, options=("--logos",))
    assert problem not in sync(*rows, others=0, options=("--logos", "--dry-run"))


@pytest.mark.parametrize("source", ["nowhere.json", "http://127.0.0.1:1/", "https://127.0.0.1:1/"])
def test_a_source_that_cannot_be_read_is_named(source: str) -> None:
    with pytest.raises(CommandError, match=source):
        run(source)


def test_a_file_with_half_a_directory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "half.json"
    path.write_bytes(pieces.directory([])[:9999])
    with pytest.raises(CommandError, match="cut short"):
        run(path)


@pytest.mark.parametrize("option", ["--yes", "--logos", "--from=x"])
def test_the_providers_options_do_not_go_with_the_shipped_file(option: str) -> None:
    with pytest.raises(CommandError, match="go with --provider"):
        call_command("sync_banks", option)


def test_the_rules_name_banks_whose_names_fit_the_list() -> None:
    rules = json.loads(brand_rules.SHIPPED.read_text())["brands"]
    called = [row.get("name") or names.plain(row["brand"]) for row in rules]
    assert [name for name in called if not 0 < len(name) <= names.LONGEST] == []
