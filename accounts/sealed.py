"""Columns that hold a sealed text: written and read by name, never by accident."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models, transaction
from django.db.models import Model

from accounts import audit, encryption
from accounts.models import AuditEvent
from accounts.sealed_fields import SealedField

__all__ = ["SealedField", "columns", "reseal", "reveal", "seal"]


def seal(row: Model, name: str, text: str) -> None:
    """Put a text, sealed, into a column of an unsaved or changed row; the caller saves it."""
    setattr(row, name, encryption.box().seal(text, context=_context(row, name)))


def reveal(row: Model, name: str, *, user: int | None, purpose: str) -> str:
    """Return the text of a column, and leave an audit event that says what for.

    `user` is the primary key of whose it is. Raises encryption.Unreadable, also for an empty one.
    """
    blob = getattr(row, name)
    if blob is None:
        raise encryption.Unreadable
    _audit(row, name, user=user, purpose=purpose)
    return encryption.box().open(bytes(blob), context=_context(row, name))


def columns() -> Iterator[tuple[type[Model], SealedField]]:
    """Yield every sealed column of every installed model."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                yield model, field


def reseal(model: type[Model], name: str, *, batch: int = 500) -> int:
    """Seal again, under the current key, what a column holds under others; return how many.

    Works in short transactions over locked rows, so that the service goes on meanwhile and a change
    made at the same moment is not undone. Raises encryption.Unreadable, with all before kept.
    """
    box, done, last = encryption.box(), 0, None
    while True:
        with transaction.atomic():
            rows = list(_older(model, name, after=last)[:batch])
            for row in rows:
                if _is_old(row, name, box.current):
                    _audit(row, name, user=None, purpose="rotation")
                    text = box.open(bytes(getattr(row, name)), context=_context(row, name))
                    seal(row, name, text)
                    row.save(update_fields=[name])
                    done += 1
        if not rows:
            return done
        last = rows[-1].pk


def _audit(row: Model, name: str, *, user: int | None, purpose: str) -> None:
    audit.record(user=user, act=AuditEvent.Act.DECRYPTED, target=row, result=purpose, column=name)


def _older(model: type[Model], name: str, *, after: object) -> "models.QuerySet[Model]":
    rows = model._default_manager.filter(**{f"{name}__isnull": False}).order_by("pk")
    rows = rows.only("pk", name).select_for_update(of=("self",))
    return rows.filter(pk__gt=after) if after is not None else rows


def _is_old(row: Model, name: str, current: str) -> bool:
    return encryption.key_id(bytes(getattr(row, name))) != current


def _context(row: Model, name: str) -> str:
    return f"{row._meta.db_table}:{row.pk}:{name}"
