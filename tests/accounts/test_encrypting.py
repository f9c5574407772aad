"""A migration encrypts the rows that are there, and can be undone."""

from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.models import CreateModel
from django.db.migrations.state import ProjectState

from accounts import encrypted, encrypting

CLEAR: dict[str, models.Field[Any, Any]] = {
    "phone": models.CharField(max_length=16, unique=True, null=True),
    "note": models.CharField(max_length=20, blank=True, db_index=True),
    "content": models.JSONField(),
    "body": models.BinaryField(),
}
ENCRYPTED: dict[str, models.Field[Any, Any]] = {
    "phone": encrypted.EncryptedTextField(purpose="phone", max_length=16, null=True),
    "note": encrypted.EncryptedTextField(purpose="note", max_length=20, blank=True),
    "content": encrypted.EncryptedJSONField(),
    "body": encrypted.EncryptedBytesField(),
}
ROWS = [
    {
        "phone": f"+5511987654{number:03}" if number else None,
        "note": "50%: 'ação' \\x41" if number % 2 else "",
        "content": {"name": "Zoë", "parts": [None, 1.5, number]},
        "body": bytes([number, 0, 255]),
    }
    for number in range(7)
]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(encrypting, "BATCH", 3)


@pytest.fixture
def before() -> ProjectState:
    """Return the state of an app whose one table has rows in the clear."""
    key = models.BigAutoField(primary_key=True)
    friend = models.ForeignKey("self", models.CASCADE, null=True)
    columns = [("id", key), *CLEAR.items(), ("friend", friend)]
    state = applied(ProjectState(), CreateModel("Person", columns))
    people = person(state)._default_manager
    people.bulk_create(person(state)(**row) for row in ROWS)
    people.update(friend_id=people.earliest("pk"))
    connection.check_constraints()
    return state


def applied(state: ProjectState, *operations: Operation) -> ProjectState:
    for operation in operations:
        after = state.clone()
        operation.state_forwards("people", after)
        with connection.schema_editor() as editor:
            operation.database_forwards("people", editor, state, after)
        state = after
    return state


def person(state: ProjectState) -> type[models.Model]:
    return state.apps.get_model("people", "Person")


def rows(state: ProjectState) -> list[dict[str, Any]]:
    found = person(state)._default_manager.order_by("pk").values(*CLEAR)
    return [row | {"body": bytes(row["body"])} for row in found]


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(people_person::text, '') FROM people_person")
        return str(cursor.fetchone()[0])


def operations() -> list[encrypting.EncryptField]:
    return [encrypting.EncryptField("Person", name, field) for name, field in ENCRYPTED.items()]


def test_rows_are_read_as_they_were_and_are_not_in_the_clear(before: ProjectState) -> None:
    after = applied(before, *operations())
    assert rows(after) == ROWS
    for clear in ("98765", "ação", "parts", "00ff"):
        assert clear not in stored()


def test_what_was_encrypted_is_found(before: ProjectState) -> None:
    after = applied(before, *operations())
    people = person(after)._default_manager
    assert people.filter(phone="+5511987654003").count() == 1
    assert (people.filter(phone=None).count(), people.filter(note="").count()) == (1, 4)


def test_it_can_be_undone(before: ProjectState) -> None:
    *_, last = states = [before]
    for operation in operations():
        last = applied(last, operation)
        states.append(last)
    for operation, after, earlier in zip(
        reversed(operations()), reversed(states), reversed(states[:-1]), strict=False
    ):
        with connection.schema_editor() as editor:
            operation.database_backwards("people", editor, after, earlier)
    assert rows(before) == ROWS
    assert "+5511987654003" in stored()
