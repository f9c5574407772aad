"""Encrypted columns go to another key while the service runs."""

import base64
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from accounts import encrypted, encryption, rotation
from accounts.models import User
from whatsapp.models import OutgoingMessage, WebhookEvent

OLD, NEW = (
    f"{name}:{base64.b64encode(bytes([byte]) * 32).decode()}"
    for name, byte in (("old", 1), ("new", 2))
)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _old_key(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]


def rotate() -> list[str]:
    out = StringIO()
    call_command("rotate_encryption_keys", stdout=out)
    return out.getvalue().splitlines()


def test_every_encrypted_column_is_found() -> None:
    names = {f"{column.model._meta.label}.{column.name}" for column in rotation.columns()}
    assert {
        "accounts.User.phone",
        "whatsapp.Contact.wa_id",
        "whatsapp.ContactFact.details",
        "whatsapp.IncomingUpdate.content",
        "whatsapp.OutgoingMessage.payload",
        "whatsapp.WebhookEvent.body",
    } <= names


def test_after_a_rotation_the_old_key_is_not_needed(settings: Settings) -> None:
    user = User.objects.create_user("a@example.com", phone="+5511987654321")
    User.objects.create_user("b@example.com")
    message = OutgoingMessage.objects.create(user=user, phone=user.phone, payload={"a": ["é"]})
    event = WebhookEvent.objects.create(body=b"\x00\xff")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert "accounts.User.phone: 1 sealed again" in rotate()
    settings.ENCRYPTION_KEYS = [NEW]
    for row in (message, event):
        row.refresh_from_db()
    assert (message.payload, bytes(event.body)) == ({"a": ["é"]}, b"\x00\xff")
    assert User.objects.get(phone="+5511987654321") == user


def test_a_second_rotation_has_nothing_to_do(settings: Settings) -> None:
    User.objects.create_user("a@example.com", phone="+5511987654321")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    rotate()
    assert all(line.endswith(" 0 sealed again") for line in rotate()[:-1])


@pytest.mark.parametrize("batch", [1, 2, 3, 500])
def test_every_row_is_reached_whatever_the_batch(settings: Settings, batch: int) -> None:
    phones = [f"+551198765432{number}" for number in range(7)]
    User.objects.bulk_create(User(email=f"{phone}@e.com", phone=phone) for phone in phones)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    column = encrypted.field(User, "phone")
    assert rotation.reseal(column, batch=batch) == len(phones)
    settings.ENCRYPTION_KEYS = [NEW]
    assert sorted(User.objects.values_list("phone", flat=True)) == phones


def test_an_unknown_key_stops_it_and_nothing_is_lost(settings: Settings) -> None:
    User.objects.create_user("a@example.com", phone="+5511987654321")
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(CommandError, match="does not open"):
        rotate()
    settings.ENCRYPTION_KEYS = [OLD]
    assert User.objects.get().phone == "+5511987654321"


def test_what_is_under_the_current_key_is_not_read(settings: Settings) -> None:
    user = User.objects.create_user("a@example.com", phone="+5511987654321")
    header = encryption.header("old")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_user SET phone = %s WHERE id = %s", [b"x" * 32 + header, user.pk]
        )
    assert rotation.reseal(encrypted.field(User, "phone")) == 0
