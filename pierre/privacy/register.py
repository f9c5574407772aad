"""The register of processing (LGPD, art. 37) as a page of documentation, from the declarations."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings

from accounts.processing import Declaration, Owner, Retention, Use
from pierre.privacy import belongings, elsewhere

PATH: Final = Path(settings.BASE_DIR) / "docs" / "privacy.md"
_HEAD: Final = Path(__file__).with_name("register.md")
_OWNERS: Final = {
    Owner.IDENTITY: "found by number or id",
    Owner.MANY: "several people's at once",
    Owner.APART: "apart from all else",
    Owner.NOBODY: "nobody's",
}


def text() -> str:
    """Return the register: how long things are kept, then what each column is for."""
    return "\n".join([_HEAD.read_text(encoding="utf-8").rstrip(), *_periods(), *_tables(), ""])


def _periods() -> Iterator[str]:
    yield "\n## How long\n\n| retention | what | days |\n|---|---|---|"
    for retention in Retention:
        days = str(retention.days or "")
        setting = f", `RETENTION_{retention.value.upper()}_DAYS`" if days else ""
        yield f"| `{retention.value}`{setting} | {retention.label} | {days} |"


def _tables() -> Iterator[str]:
    yield (
        "\n## What is kept, and why\n\n| table | columns | purpose | basis | retention | exported |"
        "\n|---|---|---|---|---|---|"
    )
    declared = {model._meta.db_table: one for model, one in belongings.declared().items()}
    everything = declared | dict(elsewhere.TABLES)
    for table, declaration in everything.items():
        for use in declaration.uses:
            yield _row(table, declaration, use)
    impersonal = sorted(table for table, one in everything.items() if not one.uses)
    yield (
        "\nThese tables say nothing of a person but through the rows they belong to: "
        f"{', '.join(f'`{table}`' for table in impersonal)}."
    )


def _row(table: str, declaration: Declaration, use: Use) -> str:
    columns = ", ".join(f"`{name}`" for name in use.fields)
    whose = "" if declaration.is_found_by_path else f" ({_OWNERS[Owner(declaration.owner)]})"
    exported = "yes" if use.is_exported else "no"
    return (
        f"| `{table}`{whose} | {columns} | {use.purpose} | {use.basis.label} |"
        f" `{use.retention.value}` | {exported} |"
    )
