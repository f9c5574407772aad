"""Everything about a person in one archive: for machines, for reading, and what it is."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, Model
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import audit, processing, sealed
from accounts.models import AuditEvent, User
from accounts.sealed import SealedField
from pierre.privacy import belongings

_CHUNK = 2000
# Of each table: the file for machines has all of them, and a page of 100,000 rows opens nowhere.
MOST_SHOWN = 200
_ENCODER = DjangoJSONEncoder(ensure_ascii=False)

Column = Field[Any, Any]


@dataclass(slots=True, kw_only=True)
class Section:
    """One table on the page: its first rows, and how many there are."""

    title: str
    uses: tuple[processing.Use, ...]
    headings: list[str]
    rows: list[list[str]] = field(default_factory=list)
    count: int = 0


def write(*, user: User, to: IO[bytes]) -> None:
    """Write a zip with all that is known of a person; tokens, keys and digests stay out.

    It is written as it is read, a few rows at a time. Reading what is sealed leaves audit events.
    """
    audit.record(user=user, act=AuditEvent.Act.DATA_EXPORTED, target=user)
    at = timezone.now()
    sections: list[Section] = []
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("dados.json", "w", force_zip64=True) as data:
            _write_json(data, user=user, at=at, sections=sections)
        context = {"user": user, "at": at, "sections": sections, "most_shown": MOST_SHOWN}
        archive.writestr("pagina.html", render_to_string("privacy/archive.html", context))
        archive.writestr("LEIAME.txt", render_to_string("privacy/read_me.txt", context))


def _write_json(data: IO[bytes], *, user: User, at: datetime, sections: list[Section]) -> None:
    text = io.TextIOWrapper(data, encoding="utf-8", write_through=False)
    text.write(f'{{"gerado_em": {_json(at)},\n"tabelas": {{')
    known, separator = belongings.known_as(user), "\n"
    for model, declaration in belongings.declared().items():
        found = belongings.rows(model, user=user, known=known)
        if found is None:
            continue
        columns = [
            column
            for column in model._meta.concrete_fields
            if column.name not in declaration.unexported
        ]
        section = Section(
            title=str(model._meta.verbose_name_plural),
            uses=declaration.uses,
            headings=[str(column.verbose_name) for column in columns],
        )
        text.write(f"{separator}{_json(model._meta.label_lower)}: [")
        _write_rows(text, found.defer(*declaration.unexported), columns, section, user=user)
        text.write("]")
        separator = ",\n"
        sections.append(section)
    text.write("}}\n")
    text.flush()
    text.detach()


def _write_rows(
    text: io.TextIOWrapper,
    found: belongings.Rows,
    columns: list[Column],
    section: Section,
    *,
    user: User,
) -> None:
    for row in found.iterator(chunk_size=_CHUNK):
        values = {column.name: _value(row, column, user) for column in columns}
        text.write(f"{',' if section.count else ''}\n{_json(values)}")
        section.count += 1
        if section.count <= MOST_SHOWN:
            section.rows.append(list(_words(row, columns, values)))


def _value(row: Model, column: Column, user: User) -> Any:
    value = column.value_from_object(row)
    if isinstance(column, SealedField):
        if value is None:
            return None
        return sealed.reveal(row, column.name, user=user.pk, purpose="export")
    return value


def _words(row: Model, columns: list[Column], values: dict[str, Any]) -> Iterator[str]:
    """Yield what a page shows of a row."""
    for column in columns:
        value = values[column.name]
        match value:
            case None | "" | [] | {}:
                yield ""
            case bool():
                yield "sim" if value else "não"
            case datetime():
                yield f"{timezone.localtime(value):%d/%m/%Y %H:%M:%S}"
            case dict() | list():
                yield _json(value)
            case _ if column.choices:
                yield str(dict(column.flatchoices).get(value, value))
            case _:
                yield str(value)


def _json(value: object) -> str:
    return _ENCODER.encode(value)
