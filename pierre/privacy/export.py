"""Everything about a person in one archive: for machines, for reading, and what it is."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, ForeignKey, Model
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import audit, processing, sealed
from accounts.models import AuditEvent, AuditPlace, User
from accounts.sealed import SealedField
from pierre.privacy import belongings

_CHUNK = 2000
# Of each table: the file for machines has all of them, and a page of 100,000 rows opens nowhere.
MOST_SHOWN = 200
_ENCODER = DjangoJSONEncoder(ensure_ascii=False)

Column = Field[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A person's rows of a model; `names` by their keys, of the columns that lead to such."""

    model: type[Model]
    rows: belongings.Rows
    columns: list[Column]
    names: dict[str, dict[Any, str]]


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
    text = io.TextIOWrapper(data, encoding="utf-8")
    text.write(f'{{"gerado_em": {_json(at)},\n"tabelas": {{')
    for table in _tables(user):
        text.write(f"{',' if sections else ''}\n{_json(table.model._meta.label_lower)}: [")
        sections.append(_write_table(text, table, user=user))
        text.write("]")
    text.write("}}\n")
    text.flush()
    text.detach()


def _tables(user: User) -> Iterator[Table]:
    """Yield the person first, and last what there is most of and least to read in."""
    declared, known = belongings.declared(), belongings.known_as(user)
    last = (AuditEvent, AuditPlace)
    for model in sorted(declared, key=lambda model: (model is not User, model in last)):
        found = belongings.rows(model, user=user, known=known)
        if found is None:
            continue
        unexported = declared[model].unexported
        columns = [one for one in model._meta.concrete_fields if one.name not in unexported]
        yield Table(
            model=model,
            rows=found.defer(*unexported),
            columns=columns,
            names={column.name: _names(found, column) for column in columns},
        )


def _names(found: belongings.Rows, column: Column) -> dict[Any, str]:
    """Return the names of the banks or plans that a column leads to, by their keys.

    What is a person's is told by its key, which leads to it in its own list.
    """
    if not isinstance(column, ForeignKey):
        return {}
    declaration = belongings.declared().get(column.related_model)
    if declaration is None or declaration.owner != processing.Owner.NOBODY:
        return {}
    keys = found.order_by().values(column.attname)
    return {row.pk: str(row) for row in column.related_model._default_manager.filter(pk__in=keys)}


def _write_table(text: io.TextIOWrapper, table: Table, *, user: User) -> Section:
    section = Section(
        title=str(table.model._meta.verbose_name_plural),
        uses=belongings.declared()[table.model].uses,
        headings=[str(column.verbose_name) for column in table.columns],
    )
    for row in table.rows.iterator(chunk_size=_CHUNK):
        values = {column.name: _value(row, column, table, user) for column in table.columns}
        text.write(f"{',' if section.count else ''}\n{_json(values)}")
        section.count += 1
        if section.count <= MOST_SHOWN:
            section.rows.append(list(_words(table.columns, values)))
    return section


def _value(row: Model, column: Column, table: Table, user: User) -> Any:
    value = column.value_from_object(row)
    if isinstance(column, SealedField) and value is not None:
        return sealed.reveal(row, column.name, user=user.pk, purpose="export")
    if names := table.names[column.name]:
        return names.get(value, value)
    return value


def _words(columns: list[Column], values: dict[str, Any]) -> Iterator[str]:
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
