"""`manage.py sync_banks --provider pluggy`, from a file of Pluggy's answer."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from openfinance import catalogue
from openfinance.models import Bank
from tests.openfinance.directory import pieces

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _banks() -> None:
    catalogue.sync()


def run(source: Path | str, *options: str) -> list[str]:
    out = StringIO()
    call_command("sync_banks", "--provider", "pluggy", "--from", str(source), *options, stdout=out)
    return out.getvalue().splitlines()


def sync(tmp_path: Path, *gone: int, options: tuple[str, ...] = ("--yes",)) -> list[str]:
    answer = pieces.recorded("pluggy_connectors")
    answer["results"] = [one for one in answer["results"] if one["id"] not in gone]
    path = tmp_path / "connectors.json"
    path.write_text(json.dumps(answer))
    return run(path, *options)


def bank(slug: str) -> Bank:
    return Bank.objects.get(slug=slug)


def served() -> dict[str, Any]:
    rows = Bank.objects.filter(provider="pluggy")
    return {row.slug: row.provider_reference["connector_id"] for row in rows}


def test_banks_get_their_connectors_and_nothing_is_made_up(tmp_path: Path) -> None:
    lines = sync(tmp_path)
    assert served() == {"itau": 601, "nubank": 612, "btg": 675}
    assert "problem  699 Banco Desconhecido: no bank of ours" in lines
    assert "problem  602 Itaú Empresas: no bank of ours" in lines
    assert Bank.objects.count() == 59


def test_a_second_sync_changes_nothing(tmp_path: Path) -> None:
    sync(tmp_path)
    before = list(Bank.objects.order_by("pk").values())
    assert "0 created, 0 updated, 3 unchanged, 0 gone, 0 left, 2 problems" in sync(tmp_path)
    assert list(Bank.objects.order_by("pk").values()) == before


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert sync(tmp_path, options=("--dry-run",))[-1] == "Dry run: nothing was written."
    assert served() == {}


def test_whom_staff_let_serve_a_bank_stays(tmp_path: Path) -> None:
    Bank.objects.filter(slug="itau").update(provider="brasil", provider_reference={"issuer": "x"})
    assert "left     itau: staff chose who serves it" in sync(tmp_path)
    assert bank("itau").provider_reference == {"issuer": "x"}


def test_a_connector_that_is_gone_makes_its_bank_unavailable_until_it_is_back(
    tmp_path: Path,
) -> None:
    sync(tmp_path)
    assert "gone     nubank: unavailable from now on; its connections stay" in sync(tmp_path, 612)
    assert catalogue.sync().changes == ()
    assert not Bank.objects.active().filter(slug="nubank").exists()
    sync(tmp_path)
    assert Bank.objects.active().filter(slug="nubank").exists()


def test_the_connector_that_staff_gave_a_bank_stays_its_own(tmp_path: Path) -> None:
    reference = {"connector_id": 699}
    Bank.objects.filter(slug="itau").update(provider="pluggy", provider_reference=reference)
    sync(tmp_path)
    assert bank("itau").provider_reference == reference


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "not JSON"),
        ("{}", "without results"),
        ("[]", "not a list of connectors"),
        ("[3]", "not a list of connectors"),
        ('{"results": [{"id": "x", "name": "Y"}]}', "a malformed connector"),
    ],
)
def test_a_file_that_is_no_list_of_connectors_is_refused(
    tmp_path: Path, content: str, complaint: str
) -> None:
    path = tmp_path / "connectors.json"
    path.write_text(content)
    with pytest.raises(CommandError, match=complaint):
        run(path)


def test_without_a_file_pluggy_itself_is_asked_and_must_be_configured(settings: Any) -> None:
    settings.OPEN_FINANCE_PROVIDERS = {}
    with pytest.raises(CommandError, match="pluggy is not configured"):
        call_command("sync_banks", "--provider", "pluggy")


def test_pluggy_has_no_logos_for_us() -> None:
    with pytest.raises(CommandError, match="--logos goes with brasil"):
        call_command("sync_banks", "--provider", "pluggy", "--logos")
