"""What is sealed is read with an audit event, and goes to another key while the service runs."""

import base64
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection, transaction
from django.db.models import Model
from django.utils import timezone
from pytest_django import Settings

from accounts import encryption, sealed
from accounts.models import AuditEvent, User
from openfinance.models import Access, Consent
from tests.openfinance import rows

OLD, NEW = (
    f"{name}:{base64.b64encode(bytes([byte]) * 32).decode()}"
    for name, byte in (("old", 1), ("new", 2))
)


@pytest.fixture(autouse=True)
def _old_key(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]


def access(user: User, slug: str = "nubank", token: str = "first") -> Access:
    ends = timezone.now() + timedelta(minutes=15)
    row = Access(consent=rows.consent(user, slug), access_expires_at=ends)
    change(row, token)
    return row


def change(row: Access, token: str) -> None:
    sealed.seal(row, "access_token", token)
    row.save()


def rotate() -> list[str]:
    out = StringIO()
    call_command("rotate_encryption_keys", stdout=out)
    return out.getvalue().splitlines()


def told(row: Model, column: str) -> str:
    row.refresh_from_db()
    return sealed.reveal(row, column, user=None, purpose="test")


@pytest.mark.django_db
def test_what_is_read_leaves_who_it_is_of_and_what_for(alice: User) -> None:
    row = access(alice)
    assert sealed.reveal(row, "access_token", user=alice.pk, purpose="accounts") == "first"
    event = AuditEvent.objects.get(act=AuditEvent.Act.DECRYPTED)
    assert (event.user, event.target) == (alice, f"openfinance.access:{row.pk}")
    assert (event.result, event.details) == ("accounts", {"column": "access_token"})


@pytest.mark.django_db
def test_what_does_not_open_leaves_that_somebody_tried(alice: User, settings: Settings) -> None:
    row = access(alice)
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(encryption.Unreadable):
        sealed.reveal(row, "access_token", user=alice.pk, purpose="accounts")
    assert AuditEvent.objects.filter(act=AuditEvent.Act.DECRYPTED, result="accounts").exists()


@pytest.mark.django_db
def test_an_empty_column_opens_for_nobody(alice: User) -> None:
    with pytest.raises(encryption.Unreadable):
        sealed.reveal(access(alice), "refresh_token", user=alice.pk, purpose="accounts")
    assert not AuditEvent.objects.filter(act=AuditEvent.Act.DECRYPTED).exists()


@pytest.mark.django_db
def test_two_values_that_were_swapped_do_not_open(alice: User, bruno: User) -> None:
    hers, his = access(alice), access(bruno)
    hers.access_token, his.access_token = his.access_token, hers.access_token
    for row in (hers, his):
        with pytest.raises(encryption.Unreadable):
            sealed.reveal(row, "access_token", user=None, purpose="test")


@pytest.mark.django_db
def test_after_a_rotation_the_old_key_is_not_needed(alice: User, settings: Settings) -> None:
    row = access(alice)
    consent: Consent = row.consent
    sealed.seal(consent, "cpf", "76109277673")
    consent.save()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert "openfinance.Access.access_token: 1 sealed again" in rotate()
    settings.ENCRYPTION_KEYS = [NEW]
    assert (told(row, "access_token"), told(consent, "cpf")) == ("first", "76109277673")
    assert row.refresh_token is None


@pytest.mark.django_db
def test_a_second_rotation_has_nothing_to_do(alice: User, settings: Settings) -> None:
    row = access(alice)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    rotate()
    row.refresh_from_db()
    before = bytes(row.access_token)
    assert "openfinance.Access.access_token: 0 sealed again" in rotate()
    row.refresh_from_db()
    assert bytes(row.access_token) == before


@pytest.mark.django_db
def test_what_a_rotation_opens_is_in_the_audit_too(alice: User, settings: Settings) -> None:
    row = access(alice)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    rotate()
    event = AuditEvent.objects.get(act=AuditEvent.Act.DECRYPTED)
    assert (event.target, event.result) == (f"openfinance.access:{row.pk}", "rotation")


@pytest.mark.django_db
@pytest.mark.parametrize("batch", [1, 2, 3, 500])
def test_every_row_is_reached_whatever_the_batch(
    alice: User, settings: Settings, batch: int
) -> None:
    kept = [access(alice, slug, slug) for slug in ("nubank", "inter", "itau", "bradesco", "c6")]
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert sealed.reseal(Access, "access_token", batch=batch) == len(kept)
    settings.ENCRYPTION_KEYS = [NEW]
    assert [told(row, "access_token") for row in kept] == [
        row.consent.connection.bank.slug for row in kept
    ]


@pytest.mark.django_db
def test_a_rotation_that_meets_an_unknown_key_says_so_and_takes_nothing(
    alice: User, settings: Settings
) -> None:
    row = access(alice)
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(CommandError, match="does not open"):
        rotate()
    settings.ENCRYPTION_KEYS = [OLD]
    assert told(row, "access_token") == "first"


@pytest.fixture
def pool(live_db: None) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(initializer=close_old_connections) as pool:
        yield pool


def test_a_token_that_is_renewed_meanwhile_is_not_put_back(
    pool: ThreadPoolExecutor, alice: User, settings: Settings
) -> None:
    row = access(alice)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    with transaction.atomic():
        held = Access.objects.select_for_update().get(pk=row.pk)
        rotation = pool.submit(in_a_thread)
        wait_until_one_waits_for_a_lock()
        change(held, "renewed")
    rotation.result(timeout=30)
    settings.ENCRYPTION_KEYS = [NEW]
    assert told(row, "access_token") == "renewed"


def test_a_rotation_among_many_writers_loses_nothing(
    pool: ThreadPoolExecutor, alice: User, settings: Settings
) -> None:
    kept = [access(alice, slug) for slug in ("nubank", "inter", "itau", "bradesco", "c6")]
    # Some processes still have the older key first while the command runs.
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    over = threading.Event()
    writers = [pool.submit(write_until, over, row.pk) for row in kept]
    for _ in range(20):
        sealed.reseal(Access, "access_token", batch=2)
    over.set()
    last = [writer.result(timeout=30) for writer in writers]
    settings.ENCRYPTION_KEYS = [NEW]
    assert all(int(token) > 1 for token in last)
    assert [told(row, "access_token") for row in kept] == last


def in_a_thread() -> None:
    try:
        rotate()
    finally:
        connection.close()


def write_until(over: threading.Event, pk: uuid.UUID) -> str:
    """Renew one row's token again and again, as the service does; return the last one."""
    number = 0
    try:
        while not over.is_set() or number < 2:
            number += 1
            with transaction.atomic():
                change(Access.objects.select_for_update().get(pk=pk), str(number))
    finally:
        connection.close()
    return str(number)


def wait_until_one_waits_for_a_lock() -> None:
    until = timezone.now() + timedelta(seconds=20)
    while timezone.now() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waited")
