"""Columns that are encrypted at rest, and read and written as if they were not.

A column of text holds 32 bytes of keyed index, equal for equal texts of one purpose, and behind
them the text as `accounts.encryption` seals it: the index finds rows, the rest opens. "" is no byte
at all, so that it is found as what it is, and NULL stays NULL. In SQL such a column is its index
wherever it is not selected, so that equality and distinct counts mean what they say; what an index
cannot answer (a part of a text, an order) is refused.

Authenticated with a value are its table, its column and its index, but not its row: most rows get
their primary key from the insert itself, and one update may give many rows the same value. So a
value opens in no other column and behind no other index; who may write to the database could still
put a whole cell into another row.
"""

import json
from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import FieldError
from django.db import models
from django.db.models import Field, Model
from django.db.models.expressions import Col, Func, OrderBy
from django.db.models.lookups import Exact, In, IsNull, Lookup

from accounts import encryption

_ST = TypeVar("_ST", contravariant=True)
_GT = TypeVar("_GT", covariant=True)

INDEX_BYTES = 32
# What a column is in a written-out query that looks for rows by it.
_INDEX = f"substring(%s from 1 for {INDEX_BYTES})"


class Encrypted:
    """What the encrypted columns have in common; nothing but NULL is looked up by one."""

    model: type[Model]
    column: Any
    # How many bytes of a cell come before what is sealed.
    index_bytes: ClassVar[int] = 0
    lookups: ClassVar[dict[str, type[Lookup[Any]]]] = {"isnull": IsNull}

    def db_type(self, connection: Any) -> str:
        return "bytea"

    def get_lookup(self, lookup_name: str) -> Any:
        """Return a lookup that the column can answer; of any other Django makes a FieldError."""
        return self.lookups.get(lookup_name)

    def get_lookups(self) -> dict[str, Any]:
        return dict(self.lookups)

    def get_transform(self, lookup_name: str) -> Any:
        return None

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Open a cell. Raises encryption.Unreadable."""
        return None if value is None else self.open(bytes(value))

    def get_db_prep_value(
        self,
        value: Any,
        connection: Any,
        prepared: bool = False,  # noqa: FBT001, FBT002  Django's signature
    ) -> Any:
        """Seal a value, differently each time."""
        return None if value is None else self.seal(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Seal a value. Raises FieldError for what is in another column, as it opens only there."""
        if not hasattr(value, "as_sql"):
            return self.get_db_prep_value(value, connection)
        if any(isinstance(getattr(part, "target", None), Encrypted) for part in value.flatten()):
            raise FieldError(f"{self} cannot be copied from a column in SQL: read it and write it.")
        return value

    def seal(self, value: Any) -> bytes:
        """Return a cell for a value that is not None."""
        return encryption.box().seal_bytes(self.to_bytes(value), context=self.context())

    def open(self, cell: bytes) -> Any:
        """Return the value of a cell. Raises encryption.Unreadable."""
        return self.of_bytes(encryption.box().open_bytes(cell, context=self.context()))

    def to_bytes(self, value: Any) -> bytes:
        """Return what is sealed of a value that is not None."""
        raise NotImplementedError

    def of_bytes(self, content: bytes) -> Any:
        """Return the value of what was sealed."""
        raise NotImplementedError

    def context(self, index: bytes = b"") -> str:
        """Return what is authenticated with a value."""
        return f"{self.model._meta.db_table}:{self.column}:{index.hex()}"


class EncryptedBytesField(Encrypted, models.BinaryField[_ST, _GT]):
    """Bytes under encryption at rest."""

    def to_bytes(self, value: Any) -> bytes:
        return bytes(value)

    def of_bytes(self, content: bytes) -> bytes:
        return content


class EncryptedJSONField(Encrypted, models.JSONField[_ST, _GT]):
    """A JSON value under encryption at rest."""

    def to_bytes(self, value: Any) -> bytes:
        return json.dumps(value, separators=(",", ":")).encode()

    def of_bytes(self, content: bytes) -> Any:
        return json.loads(content)


class _IndexCol(Col):
    """The index of a column, and the whole cell where the column is selected."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if _orders_by(compiler.query, self.target):
            raise FieldError(f"{self.target} is encrypted: it has no order.")
        sql, params = super().as_sql(compiler, connection)
        return _INDEX % sql, params

    def select_format(self, compiler: Any, sql: str, params: Any) -> Any:
        return super().as_sql(compiler, compiler.connection)


class _Indexed:
    """Compare indexes: of a column and of values, or of two columns of one purpose."""

    lhs: Any
    rhs: Any

    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        if hasattr(self.rhs, "resolve_expression"):
            other = getattr(self.rhs, "target", None)
            if getattr(other, "purpose", None) != self.lhs.target.purpose:
                raise FieldError(
                    f"{self.lhs.target} is compared to texts, or a column of its purpose."
                )
        return super().process_rhs(compiler, connection)  # type: ignore[misc]


class _Exact(_Indexed, Exact[Any]):
    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:
        return "%s", [self.lhs.target.index(value)]


class _In(_Indexed, In[Any]):
    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:
        return "%s", [self.lhs.target.index(text) for text in value]


class EncryptedTextField(Encrypted, models.CharField[_ST, _GT]):
    """A text under encryption at rest, found by equality with texts of the same purpose.

    It is made unique or indexed by a constraint or an index of `KeyedIndex`.
    """

    index_bytes = INDEX_BYTES
    lookups: ClassVar[dict[str, type[Lookup[Any]]]] = {
        "exact": _Exact,
        "in": _In,
        "isnull": IsNull,
    }

    def __init__(self, *args: Any, purpose: str, **options: Any) -> None:
        if options.get("unique") or options.get("db_index"):
            raise TypeError("An encrypted column takes a constraint or an index of KeyedIndex.")
        super().__init__(*args, **options)
        self.purpose = purpose

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, options | {"purpose": self.purpose}

    def get_internal_type(self) -> str:
        return "BinaryField"

    def get_col(self, alias: Any, output_field: Any = None) -> Any:
        return _IndexCol(alias, self, output_field)

    @property
    def cached_col(self) -> Any:
        return _IndexCol(self.model._meta.db_table, self)

    def index(self, text: str) -> bytes:
        """Return what rows with this text are found by; "" has no byte. Raises UnusableKeys."""
        return encryption.index_bytes(text, purpose=self.purpose) if text else b""

    def seal(self, value: Any) -> bytes:
        if not value:
            return b""
        text, index = str(value), self.index(str(value))
        return index + encryption.box().seal(text, context=self.context(index))

    def open(self, cell: bytes) -> str:
        if not cell:
            return ""
        index, blob = cell[:INDEX_BYTES], cell[INDEX_BYTES:]
        return encryption.box().open(blob, context=self.context(index))


class KeyedIndex(Func):
    """The index of an encrypted column, for constraints and indexes."""

    template = _INDEX % "%(expressions)s::bytea"
    output_field = models.BinaryField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        (source,) = self.get_source_expressions()
        if isinstance(source, _IndexCol):
            return compiler.compile(source)
        return super().as_sql(compiler, connection, *args, **extra)


def field(model: type[Model], name: str) -> Any:
    """Return an encrypted column, for a written-out query: its `index` and its `open`."""
    return model._meta.get_field(name)


def read(model: type[Model], names: Sequence[str], row: Sequence[Any]) -> list[Any]:
    """Return the values of a row that a written-out query read, as the ORM would give them."""
    return [
        _opened(model._meta.get_field(name), cell) for name, cell in zip(names, row, strict=True)
    ]


def _opened(column: "Field[Any, Any] | Any", cell: Any) -> Any:
    return column.from_db_value(cell, None, None) if isinstance(column, Encrypted) else cell


def _orders_by(query: Any, column: Any) -> bool:
    ordering = query.order_by or (query.default_ordering and query.get_meta().ordering) or ()
    paths = [_ordered(item).lstrip("-").split("__") for item in ordering]
    return any(path[-1] == column.name and _leads_to(query, path, column) for path in paths)


def _ordered(item: Any) -> str:
    expression = item.expression if isinstance(item, OrderBy) else item
    return expression if isinstance(expression, str) else getattr(expression, "name", "")


def _leads_to(query: Any, path: list[str], column: Any) -> bool:
    try:
        return bool(query.names_to_path(path, query.get_meta())[1] is column)
    except FieldError:  # the name of something that the query works out
        return False
