import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from openfinance import registry
from openfinance.models import Bank

pytestmark = pytest.mark.django_db

STAFF_EDITS = {
    "name": "Roxinho",
    "aliases": ["o roxo"],
    "position": 777,
    "is_favourite": False,
    "deactivated_at": timezone.now(),
}


def sync(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("sync_banks", *arguments, stdout=out)
    return out.getvalue().splitlines()


def everything() -> list[dict[str, object]]:
    return [dict(row) for row in Bank.objects.order_by("pk").values()]


def test_a_fresh_database_gets_every_bank_of_the_file() -> None:
    lines = sync()
    assert lines[0] == "created  nubank"
    assert lines[-1] == "59 created, 0 updated, 0 unchanged, 0 absent"
    assert Bank.objects.count() == 59


def test_a_second_sync_changes_nothing() -> None:
    sync()
    before = everything()
    assert sync() == ["0 created, 0 updated, 59 unchanged, 0 absent"]
    assert everything() == before


def test_a_fact_of_the_registry_is_brought_up_to_date_and_shown() -> None:
    sync()
    Bank.objects.filter(slug="itau").update(compe="999", unavailable_reason="Fora do ar")
    assert sync() == [
        "updated  itau: compe '999' -> '341'",
        "updated  itau: unavailable_reason 'Fora do ar' -> ''",
        "0 created, 1 updated, 58 unchanged, 0 absent",
    ]
    assert Bank.objects.get(slug="itau").compe == "341"


def test_what_staff_edited_stays_even_when_a_fact_changes() -> None:
    sync()
    Bank.objects.filter(slug="nubank").update(legal_name="Velha", **STAFF_EDITS)
    sync()
    nubank = Bank.objects.get(slug="nubank")
    assert {field: getattr(nubank, field) for field in STAFF_EDITS} == STAFF_EDITS
    assert nubank.legal_name == "Nu Pagamentos S.A. - Instituição de Pagamento"


def test_a_bank_that_the_file_does_not_know_is_left_and_reported() -> None:
    Bank.objects.create(slug="antigo", name="Antigo", legal_name="Banco Antigo S.A.")
    lines = sync()
    assert "absent   antigo: not in the file, left as it is" in lines
    assert Bank.objects.active().filter(slug="antigo").exists()


def test_a_dry_run_says_what_it_would_do_and_writes_nothing() -> None:
    sync()
    Bank.objects.filter(slug="itau").update(compe="999")
    Bank.objects.filter(slug="neon").delete()
    before = everything()
    lines = sync("--dry-run")
    assert lines[:2] == ["created  neon", "updated  itau: compe '999' -> '341'"]
    assert lines[-1] == "Dry run: nothing was written."
    assert everything() == before


def test_a_bad_file_is_refused_by_its_row_and_nothing_is_written(tmp_path: Path) -> None:
    rows = json.loads(registry.SHIPPED.read_text())
    rows[30]["name"] = "Um nome longo demais para a lista"
    path = tmp_path / "banks.json"
    path.write_text(json.dumps(rows))
    with pytest.raises(CommandError, match=rf"^row 31 \({rows[30]['slug']}\): name: "):
        sync("--file", str(path))
    assert not Bank.objects.exists()


def test_a_new_bank_whose_name_staff_gave_to_another_is_refused_by_name() -> None:
    Bank.objects.create(slug="outro", name="Nubank", legal_name="Outro S.A.")
    with pytest.raises(CommandError, match=r"^nubank: staff gave the name Nubank to outro$"):
        sync()
    assert Bank.objects.count() == 1
