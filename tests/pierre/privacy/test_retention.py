"""Issue 5, point 5: retention periods per table, and a job that shows what it would remove."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import api_keys, audit, origins, staff_sessions, subscriptions
from accounts.models import (
    ApiKey,
    AuditEvent,
    PhoneVerification,
    Plan,
    StaffSession,
    SubscriptionChange,
    User,
)
from openfinance.models import (
    Attempt,
    ConnectionLink,
    Consent,
    ConsentEvent,
    Flow,
    KeptProof,
    ManagementLink,
    PlanNotice,
)
from pierre.privacy import retention
from tests.openfinance import rows
from tests.whatsapp import codes, people
from whatsapp import contacts
from whatsapp.models import Contact, ContactFact, IncomingUpdate, OutgoingMessage, WebhookEvent

pytestmark = pytest.mark.django_db


def ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def aged(row: Model, **times: int) -> Model:
    """Let a row be as many days old."""
    facts = {name: ago(days) for name, days in times.items()}
    type(row)._default_manager.filter(pk=row.pk).update(**facts)
    return row


def wait(monkeypatch: pytest.MonkeyPatch, *, days: int) -> None:
    """Let it be so many days later: what is only ever added to cannot be made older."""
    later = datetime.now(UTC) + timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: later)


def removed() -> dict[str, int]:
    return {one.rule.model._meta.label: one.count for one in retention.apply() if one.count}


def update(key: str, *, contact: Contact | None = None, done: bool = True) -> IncomingUpdate:
    at = timezone.now() if done else None
    return IncomingUpdate.objects.create(key=key, content={}, contact=contact, processed_at=at)


def test_a_message_goes_after_its_time_with_what_whatsapp_told_of_it(alice: User) -> None:
    old, young = rows.message(alice), rows.message(alice)
    aged(old, created_at=366)
    aged(young, created_at=364)
    assert removed() == {"whatsapp.OutgoingMessage": 1}
    assert list(OutgoingMessage.objects.all()) == [young]


@pytest.mark.parametrize("status", ["queued", "sending", "unknown"])
def test_a_message_without_an_outcome_stays(alice: User, status: str) -> None:
    aged(rows.message(alice, status), created_at=5000)
    assert removed() == {}


def test_a_flow_its_link_and_their_messages_go_one_after_the_other(alice: User) -> None:
    flow = rows.flow(alice)
    aged(rows.link(flow), created_at=400)
    aged(flow, created_at=400)
    OutgoingMessage.objects.update(created_at=ago(400))
    nights = 0
    while removed():
        nights += 1
    assert nights == 3
    left = (ConnectionLink.objects, Flow.objects, OutgoingMessage.objects)
    assert [rows.count() for rows in left] == [0, 0, 0]


def test_a_link_that_a_consent_came_of_stays_as_long_as_the_consent(alice: User) -> None:
    link = rows.link(rows.flow(alice))
    aged(link, created_at=4000)
    consent = rows.consent(alice, link=link)
    assert removed() == {}
    ended = {"status": "ended", "ended_at": ago(5 * 366 + 1)}
    Consent.objects.filter(pk=consent.pk).update(**ended)
    assert removed() == {"openfinance.Consent": 1}
    assert removed() == {"openfinance.ConnectionLink": 1}


@pytest.mark.parametrize("why", ["authorised", "not ended at the bank", "somebody is away"])
def test_a_consent_that_is_open_anywhere_stays(alice: User, why: str) -> None:
    consent = rows.consent(alice)
    ended = {"status": "ended", "ended_at": ago(4000)}
    if why == "not ended at the bank":
        Consent.objects.update(revocation_requested_at=ago(4000), **ended)
    if why == "somebody is away":
        Consent.objects.update(**ended)
        soon = timezone.now() + timedelta(minutes=5)
        Attempt.objects.create(
            consent=consent, state_digest="a", expires_at=soon, remembered=b"for the return"
        )
    assert removed() == {}


def test_a_consent_goes_with_its_steps_and_after_the_one_that_renews_it(alice: User) -> None:
    # The one whose turn comes last is due only once the other is gone.
    last = UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")
    first = rows.consent(alice, status="ended", ended_at=ago(3000), pk=last)
    ConsentEvent.objects.create(consent=first, status="ended")
    second = rows.consent(alice, status="ended", ended_at=ago(2000), renews=first)
    assert removed() == {"openfinance.Consent": 1}
    assert list(Consent.objects.all()) == [first]
    assert second.renews == first
    assert removed() == {"openfinance.Consent": 1}
    assert not ConsentEvent.objects.exists()


def test_raw_posts_go_once_they_were_taken_apart(db: None) -> None:
    now = timezone.now()
    waiting = WebhookEvent.objects.create(body=b"{}", received_at=ago(90))
    WebhookEvent.objects.create(body=b"{}", received_at=ago(90), split_at=ago(31))
    recent = WebhookEvent.objects.create(body=b"{}", split_at=now)
    assert removed() == {"whatsapp.WebhookEvent": 1}
    assert set(WebhookEvent.objects.all()) == {waiting, recent}


def test_what_people_wrote_is_kept_longer_than_what_is_told_of_messages(alice: User) -> None:
    hers = update("a", contact=Contact.objects.get(phone=alice.phone))
    told, waiting = update("b"), update("c", done=False)
    aged(hers, processed_at=31)
    aged(told, processed_at=31)
    aged(waiting, received_at=4000)
    assert removed() == {"whatsapp.IncomingUpdate": 1}
    assert set(IncomingUpdate.objects.all()) == {hers, waiting}
    aged(hers, processed_at=366)
    assert removed() == {"whatsapp.IncomingUpdate": 1}


def test_a_stranger_who_is_silent_for_long_is_forgotten(alice: User) -> None:
    at = people.NOW - timedelta(days=400)
    silent = contacts.heard(people.text("5521911112222", "BR.1", at=at))
    recent = contacts.heard(people.text("5521911113333", "BR.2"))
    Contact.objects.update(created_at=ago(400))
    assert removed() == {"whatsapp.Contact": 1}
    assert not Contact.objects.filter(pk=silent.pk).exists()
    assert not ContactFact.objects.filter(user_id="BR.1").exists()
    assert Contact.objects.filter(pk=recent.pk).exists()
    assert Contact.objects.filter(phone=alice.phone).exists()


def test_a_wish_to_receive_nothing_is_not_forgotten(db: None) -> None:
    at = people.NOW - timedelta(days=400)
    contact = contacts.heard(people.text("5521911112222", at=at))
    contacts.opt_out(contact, at=at, source={})
    Contact.objects.update(created_at=ago(400))
    assert removed() == {}
    assert Contact.objects.get().opted_out_at


def test_keys_go_long_after_their_end(alice: User) -> None:
    live, revoked, expired = (api_keys.issue(user=alice)[0] for _ in range(3))
    aged(live, created_at=4000)
    aged(revoked, revoked_at=366)
    aged(expired, expires_at=366)
    assert removed() == {"accounts.ApiKey": 1}
    assert list(ApiKey.objects.all()) == [live]


def test_a_proof_goes_at_its_own_end(alice: User) -> None:
    text = rows.consent(alice).text
    facts = {"text": text, "groups": [], "agreed_at": ago(9)}
    over = KeptProof.objects.create(consent_id=_id(1), until=ago(1), **facts)
    stays = KeptProof.objects.create(consent_id=_id(2), until=ago(-1), **facts)
    assert removed() == {"openfinance.KeptProof": 1}
    assert list(KeptProof.objects.all()) == [stays]
    assert over.until < stays.until


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def test_the_audit_log_loses_places_and_no_event(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with origins.acting(origins.Origin(address="203.0.113.7", user_agent="Mozilla/5.0")):
        audit.record(user=alice, act=AuditEvent.Act.LINK_OPENED, target=alice)
    wait(monkeypatch, days=183)
    assert removed() == {}
    wait(monkeypatch, days=185)
    assert removed() == {"accounts.AuditPlace": 1}
    assert AuditEvent.objects.get().act == "link_opened"
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "Read 1 events of 1 chains, 1 of them without their address" in out.getvalue()


def test_codes_go_after_a_month(alice: User) -> None:
    codes.approve()
    recent, old = codes.send(alice), codes.send(alice, "+5571987654321")
    aged(recent, sent_at=29)
    aged(old, sent_at=31)
    assert removed() == {"accounts.PhoneVerification": 1}
    assert list(PhoneVerification.objects.all()) == [recent]


def test_a_notice_about_the_plan_goes_long_after_it_was_over(alice: User) -> None:
    PlanNotice.objects.create(user=alice, kind="inactive_subscription", over_at=ago(366))
    standing = PlanNotice.objects.create(
        user=alice, kind="connection_not_in_plan", created_at=ago(4000)
    )
    assert removed() == {"openfinance.PlanNotice": 1}
    assert list(PlanNotice.objects.all()) == [standing]


def test_a_subscription_goes_five_years_after_its_end_and_old_changes_before(alice: User) -> None:
    subscription = alice.subscriptions.get()
    subscriptions.change_plan(subscription=subscription, plan=Plan.objects.get(slug="pro"))
    SubscriptionChange.objects.update(at=ago(1831))
    assert removed() == {"accounts.SubscriptionChange": 1}
    subscriptions.cancel(subscription=subscription, at_period_end=False)
    aged(subscription, canceled_at=1829)
    assert removed() == {}
    aged(subscription, canceled_at=1831)
    assert removed() == {"accounts.Subscription": 1}
    assert not SubscriptionChange.objects.exists()


def test_a_sign_in_of_staff_goes_with_other_places(db: None) -> None:
    boss = User.objects.create_superuser("boss@pierre.example", "x")
    never_ended, recent = (
        staff_sessions.start(user=boss, address="203.0.113.7", user_agent="") for _ in range(2)
    )
    aged(never_ended, last_seen_at=185)
    aged(recent, last_seen_at=183)
    assert removed() == {"accounts.StaffSession": 1}
    assert list(StaffSession.objects.all()) == [recent]


def test_sessions_go_once_they_have_expired(alice: User) -> None:
    over, open_one = Client(), Client()
    for browser in (over, open_one):
        browser.force_login(alice)
    Session.objects.filter(pk=over.session.session_key).update(expire_date=ago(1))
    assert removed() == {"sessions.Session": 1}
    assert Session.objects.get().pk == open_one.session.session_key


def test_a_setting_changes_how_long(alice: User, settings: Settings) -> None:
    aged(rows.message(alice), created_at=40)
    settings.RETENTION = settings.RETENTION | {"messages": 30}
    assert removed() == {"whatsapp.OutgoingMessage": 1}


def test_a_dry_run_shows_what_the_job_removes_and_removes_nothing(
    alice: User,
) -> None:
    for days in (366, 400):
        aged(rows.message(alice), created_at=days)
    out = StringIO()
    call_command("apply_retention", "--dry-run", stdout=out)
    oldest = timezone.localdate(ago(400))
    line = f"whatsapp.OutgoingMessage (created_at, kept 365 days): 2, the oldest of {oldest}"
    assert line in out.getvalue().splitlines()
    assert "2 rows would go." in out.getvalue()
    assert OutgoingMessage.objects.count() == 2
    done = StringIO()
    call_command("apply_retention", stdout=done)
    assert "2 rows are gone." in done.getvalue()
    assert not OutgoingMessage.objects.exists()


def test_many_rows_go_a_few_at_a_time(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 3)
    for _ in range(10):
        aged(rows.message(alice), created_at=400)
    spared = aged(rows.message(alice, "unknown"), created_at=400)
    assert removed() == {"whatsapp.OutgoingMessage": 10}
    assert list(OutgoingMessage.objects.all()) == [spared]


def test_the_rules_name_only_what_is_there(db: None) -> None:
    for rule in retention.RULES:
        assert rule.due(timezone.now()).count() == 0
    assert ManagementLink in {rule.model for rule in retention.RULES}
