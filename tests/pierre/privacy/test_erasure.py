"""Issue 5, point 5: what is left of a person who had their data erased."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import audit
from accounts.models import ApiKey, AuditEvent, AuditPlace, PhoneVerification, User
from openfinance.models import Access, Connection, ConnectionLink, ConsentText, KeptProof
from openfinance.sandbox_bank.models import Consent as AtBank
from pierre.privacy import belongings, erasure, exceptions
from tests import jobs
from tests.openfinance import rows
from tests.pierre.privacy import dumps
from tests.pierre.privacy.whole_lives import Life
from tests.whatsapp import codes, people
from whatsapp import contacts, outbox
from whatsapp.messages import Text
from whatsapp.models import Contact, ContactFact, IncomingUpdate, OutgoingMessage
from whatsapp.traces import Traces


def erase(user: User) -> None:
    erasure.request(user=user)
    jobs.run_all(later=True)


def test_nothing_of_the_person_is_stored_outside_the_kept_proof(life: Life) -> None:
    before = set().union(*dumps.found(life.needles).values())
    # That the search finds all but what opens something is part of what it proves.
    secret = {"key", "key for tests", "CPF", "access_token", "refresh_token"}
    links = {name for name in life.needles if name.startswith("link ")}
    assert set(life.needles) - before == secret | links
    erase(life.user)
    assert dumps.found(life.needles) == {}
    assert dumps.found(life.needles, kept=True) == {dumps.KEPT: {"index of the CPF"}}


def test_the_chain_and_its_seals_hold_after_it(life: Life) -> None:
    erase(life.user)
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "Nothing is wrong." in out.getvalue()
    assert ", and 1 seals." in out.getvalue()


def test_from_where_the_person_came_stays_for_the_months_of_the_law(life: Life) -> None:
    erase(life.user)
    places = AuditPlace.objects.filter(event__user=life.user, event__actor_kind="user")
    assert set(places.values_list("address", flat=True)) == {"127.0.0.1"}


def test_no_row_is_found_by_what_the_person_was_known_by(life: Life) -> None:
    phone = life.user.phone
    erase(life.user)
    assert not User.objects.filter(phone=phone).exists()
    assert not Contact.objects.filter(wa_id=phone[1:]).exists()
    assert not ContactFact.objects.filter(number=phone[1:]).exists()
    assert not OutgoingMessage.objects.filter(phone=phone).exists()
    assert not IncomingUpdate.objects.exists()
    for model in belongings.erasable():
        left = belongings.rows(model, user=life.user, known=Traces())
        assert left is not None
        assert not left.exists(), model


def test_the_user_stays_as_nobody(live_db: None, alice: User) -> None:
    erase(alice)
    user = User.objects.get(pk=alice.pk)
    assert user.email.endswith("@erased.invalid")
    assert (user.name, user.phone, user.is_active, user.has_usable_password()) == ("", "", 0, 0)
    assert user.erased_at


def test_access_ends_with_the_request_itself(life: Life) -> None:
    erasure.request(user=life.user)
    assert life.call() == 401
    assert not Access.objects.exists()
    assert not ApiKey.objects.live().filter(user=life.user).exists()


def test_the_bank_ends_what_it_gave_before_the_connection_goes(life: Life) -> None:
    erasure.request(user=life.user)
    assert Connection.objects.filter(user=life.user).exists()
    jobs.run_all(later=True)
    assert AtBank.objects.get().status == AtBank.Status.REJECTED
    assert not Connection.objects.filter(user=life.user).exists()


def test_what_the_law_keeps_has_an_end_and_leads_to_nobody(life: Life) -> None:
    consent = Connection.objects.get(user=life.user).consents.get()
    erase(life.user)
    proof = KeptProof.objects.get()
    assert (proof.consent_id, proof.bank, proof.cpf_index) == (
        consent.pk,
        "Nubank",
        consent.cpf_index,
    )
    assert proof.revoked_at_bank_at
    assert proof.ended_at
    assert proof.until - proof.ended_at == timedelta(days=5 * 366)
    assert ConsentText.objects.get() == proof.text


def test_the_audit_log_keeps_its_events(live_db: None, alice: User) -> None:
    before = AuditEvent.objects.filter(user=alice).count()
    erase(alice)
    events = AuditEvent.objects.filter(user=alice)
    assert events.count() > before
    acts = set(events.values_list("act", flat=True))
    assert {AuditEvent.Act.ERASURE_REQUESTED, AuditEvent.Act.DATA_ERASED} <= acts


def test_the_admins_log_says_that_something_was_done_and_to_nobody(
    live_db: None, alice: User, staff: Client
) -> None:
    staff.post(reverse("admin:accounts_user_new_key", args=[alice.pk]), {"name": "Alice"})
    erase(alice)
    entries = LogEntry.objects.filter(object_id=str(alice.pk))
    assert entries.exists()
    assert {(entry.object_repr, entry.change_message) for entry in entries} == {("", "")}


def test_nobody_else_loses_anything(live_db: None, alice: User, bruno: User) -> None:
    message = OutgoingMessage.objects.create(
        user=bruno, phone=bruno.phone, kind="text", payload={}, status="accepted"
    )
    erase(alice)
    assert OutgoingMessage.objects.filter(pk=message.pk).exists()
    assert Contact.objects.filter(phone=bruno.phone).exists()


def test_a_code_that_somebody_else_asked_for_goes_with_the_number(
    live_db: None, alice: User, bruno: User
) -> None:
    codes.approve()
    theirs, elsewhere = codes.send(bruno, alice.phone), codes.send(bruno, "+5571987654321")
    erase(alice)
    assert set(PhoneVerification.objects.all()) == {elsewhere}
    assert not OutgoingMessage.objects.filter(pk=theirs.pk).exists()


def test_a_number_that_was_typed_and_never_proved_leads_to_nobody(
    live_db: None, alice: User
) -> None:
    codes.approve()
    codes.send(alice, "+5571987654321")
    User.objects.filter(pk=alice.pk).update(phone="+5571987654321", phone_verified_at=None)
    stranger = contacts.heard(people.text("5571987654321", "BR.1"))
    erase(alice)
    assert Contact.objects.filter(pk=stranger.pk).exists()


def test_asking_again_and_erasing_again_change_nothing(live_db: None, alice: User) -> None:
    erase(alice)
    at = User.objects.get(pk=alice.pk).erased_at
    erase(alice)
    erasure.erase(user=alice)
    assert User.objects.get(pk=alice.pk).erased_at == at
    assert AuditEvent.objects.filter(act=AuditEvent.Act.DATA_ERASED).count() == 1


def test_the_request_waits_for_a_link_that_is_in_use_and_neither_fails(
    live_db: None, alice: User
) -> None:
    link = rows.link(rows.flow(alice))
    is_held = threading.Event()

    def use() -> None:
        try:
            with transaction.atomic():
                ConnectionLink.objects.select_for_update().get(pk=link.pk)
                is_held.set()
                time.sleep(0.5)  # for the request to come as far as it can
                audit.record(user=alice, act=AuditEvent.Act.LINK_OPENED, target=link)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        using = threads.submit(use)
        assert is_held.wait(10)
        erasure.request(user=alice)
        using.result()
    assert alice.erasure_requested_at


def test_nobody_of_the_staff_is_erased_while_they_are(db: None) -> None:
    boss = User.objects.create_superuser("boss@pierre.example", "x")
    with pytest.raises(exceptions.StaffAccount):
        erasure.request(user=boss)
    assert User.objects.get(pk=boss.pk).is_active


def test_nobody_is_erased_who_did_not_ask(alice: User) -> None:
    with pytest.raises(exceptions.NotRequested):
        erasure.erase(user=alice)
    assert User.objects.get(pk=alice.pk).phone


def test_a_session_of_the_person_ends(live_db: None, alice: User) -> None:
    theirs = Client()
    theirs.force_login(alice)
    erase(alice)
    key = theirs.cookies["sessionid"].value
    assert not theirs.session.exists(key)


def test_the_command_asks_first_and_names_who_is_unknown(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "somebody@example.com")
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_person", alice.email)
    with pytest.raises(CommandError, match="no user"):
        call_command("erase_person", "nobody@example.com", "--yes")
    assert User.objects.get(pk=alice.pk).erasure_requested_at is None


def test_the_command_lets_a_worker_erase(live_db: None, alice: User) -> None:
    out = StringIO()
    call_command("erase_person", alice.email.upper(), "--yes", stdout=out)
    assert alice.email not in out.getvalue()
    assert jobs.waiting() == [("pierre.tasks.erase", {"user_id": alice.pk})]


def test_staff_type_the_e_mail_to_erase(life: Life, staff: Client) -> None:
    page = reverse("admin:accounts_user_erase", args=[life.user.pk])
    refused = staff.post(page, {"email": "bruno@example.com"})
    assert "Não é o e-mail desta pessoa" in refused.text
    answer = staff.post(page, {"email": life.user.email}, follow=True)
    assert "O acesso acabou agora" in answer.text
    jobs.run_all(later=True)
    assert dumps.found(life.needles) == {}


def test_what_waits_to_be_sent_is_not_sent_to_who_has_left(live_db: None, alice: User) -> None:
    with transaction.atomic():
        outbox.queue(to=alice.phone, message=Text(body="Oi!"), user=alice)
    # With no Graph to answer it, a message that left would fail.
    erase(alice)
    assert not OutgoingMessage.objects.exists()
