"""Tokens are sealed, renewed once however many ask, and gone with their consent."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import encryption, sealed
from accounts.models import AuditEvent, User
from openfinance import accesses, life
from openfinance.models import Access, Attempt, Consent
from openfinance.models import Bank as BankRow
from openfinance.providers import ProviderError, Reason
from tests.openfinance.connections.bank import Bank
from tests.openfinance.connections.people import CPF, Trip, fresh, run_jobs
from whatsapp.exceptions import InsideTransaction


def token_of(consent: Consent) -> str:
    return accesses.token(consent, purpose="test")


def runs_out() -> None:
    now = timezone.now()
    Access.objects.update(
        access_expires_at=now + timedelta(seconds=30),
        renewed_at=now - timedelta(minutes=14),
    )


def test_a_token_is_used_until_it_nearly_ends(hers: Trip, bank: Bank) -> None:
    consent = hers.connects()
    assert token_of(consent) == token_of(consent)
    assert "refresh" not in bank.calls


def test_a_token_is_renewed_just_before_its_use(hers: Trip, bank: Bank) -> None:
    consent = hers.connects()
    old = token_of(consent)
    runs_out()
    assert token_of(consent) == token_of(consent) != old
    assert bank.calls.count("refresh") == 1


def test_a_refresh_token_that_is_not_given_again_is_kept(hers: Trip, bank: Bank) -> None:
    consent = hers.connects()
    for _ in range(2):
        runs_out()
        token_of(consent)
    assert bank.calls.count("refresh") == 2


def test_twenty_who_ask_at_once_renew_once(hers: Trip, bank: Bank) -> None:
    consent = hers.connects()
    runs_out()
    gate = threading.Barrier(20)

    def ask(_: int) -> str:
        gate.wait()
        try:
            return token_of(consent)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        tokens = set(pool.map(ask, range(20)))
    assert (len(tokens), bank.calls.count("refresh")) == (1, 1)


def test_tokens_that_last_seconds_are_used_and_not_renewed_for_ever(hers: Trip, bank: Bank) -> None:
    bank.gives_tokens_of(seconds=20)
    consent = hers.connects()
    token_of(consent)
    assert "refresh" not in bank.calls


def test_who_was_killed_while_renewing_is_followed_after_the_lease(hers: Trip, bank: Bank) -> None:
    consent = hers.connects()
    runs_out()
    long_ago = timezone.now() - timedelta(seconds=61)
    Access.objects.update(renewing_since=long_ago)
    token_of(consent)
    assert bank.calls.count("refresh") == 1


def test_who_waits_for_another_too_long_is_told(
    hers: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = hers.connects()
    runs_out()
    Access.objects.update(renewing_since=timezone.now())
    monkeypatch.setattr(accesses, "_PATIENCE", timedelta(seconds=0.2))
    with pytest.raises(ProviderError) as error:
        token_of(consent)
    assert error.value.reason is Reason.NO_ANSWER


def test_a_bank_that_is_down_keeps_the_access_for_later(hers: Trip, bank: Bank) -> None:
    consent = hers.connects()
    runs_out()
    bank.faults["refresh"] = "down"
    with pytest.raises(ProviderError):
        token_of(consent)
    bank.faults.clear()
    Access.objects.update(renewing_since=None)
    assert token_of(consent)


def test_a_consent_that_ended_at_the_bank_ends_here_and_its_person_is_told(
    hers: Trip, bank: Bank
) -> None:
    consent = hers.connects()
    bank.reject(consent.bank_consent_id, "INTERNAL_SECURITY_REASON", by="ASPSP")
    runs_out()
    with pytest.raises(ProviderError):
        token_of(consent)
    assert (fresh(consent).reason, Access.objects.count()) == ("INTERNAL_SECURITY_REASON", 0)
    assert hers.told() == ["connected", "ended"]


def test_a_lost_refresh_token_ends_the_consent_at_the_bank_too(hers: Trip, bank: Bank) -> None:
    consent = hers.connects()
    bank.loses_refresh_tokens()
    runs_out()
    with pytest.raises(ProviderError) as lost:
        token_of(consent)
    run_jobs()
    assert (lost.value.reason, bank.granted()) == (Reason.ACCESS_LOST, set())
    assert (fresh(consent).reason, hers.told()) == (
        "CONSENT_TECHNICAL_ISSUE",
        ["connected", "ended"],
    )


def test_without_an_access_there_is_no_token(hers: Trip) -> None:
    consent = hers.connects()
    life.revoke(connection=hers.connection())
    with pytest.raises(accesses.NoAccess):
        token_of(consent)


def test_no_token_is_renewed_inside_a_transaction(hers: Trip) -> None:
    consent = hers.connects()
    runs_out()
    with pytest.raises(InsideTransaction), transaction.atomic():
        token_of(consent)


def test_every_look_at_a_token_or_a_cpf_is_in_the_audit(hers: Trip) -> None:
    consent = hers.connects()
    runs_out()
    token_of(consent)
    ours = AuditEvent.objects.filter(target__startswith="openfinance.")
    decrypted = ours.filter(act="decrypted").order_by("pk")
    purposes = ["consent_request", "return", "renewal", "test"]
    assert [event.result for event in decrypted] == purposes
    assert {event.user for event in decrypted} == {hers.user}


def test_values_that_change_their_rows_or_columns_do_not_open(hers: Trip, bank: Bank) -> None:
    first = hers.connects()
    other = Trip(user=hers.user, bank=bank, row=BankRow.objects.get(slug="inter"))
    second = other.connects()
    mine, theirs = Access.objects.get(consent=first), Access.objects.get(consent=second)
    swaps = [
        (mine, "access_token", theirs.access_token),
        (mine, "refresh_token", mine.access_token),
        (first, "cpf", second.cpf),
    ]
    for row, column, blob in swaps:
        setattr(row, column, blob)
        with pytest.raises(encryption.Unreadable):
            sealed.reveal(row, column, user=hers.user.pk, purpose="test")


def test_a_dump_of_the_database_shows_no_secret(hers: Trip, alice: User) -> None:
    consent = hers.connects()
    hers.goes(hers.agrees())
    access, attempt = Access.objects.get(), Attempt.objects.exclude(remembered=None).get()
    sealed_values = [(access, "access_token"), (access, "refresh_token"), (attempt, "remembered")]
    secrets = [
        sealed.reveal(row, name, user=alice.pk, purpose="test") for row, name in sealed_values
    ]
    secrets += [CPF, json.loads(secrets[-1])["verifier"], *hers.states]
    assert secrets[0] == token_of(consent)
    rows = _dump()
    assert "access_token" in rows
    assert [secret for secret in secrets if secret in rows or secret.encode().hex() in rows] == []


def _dump() -> str:
    """Return every row of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        lines = []
        for table in tables:
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            lines += [line for (line,) in cursor.fetchall()]
    return "\n".join(lines)
