import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests import jobs
from tests.whatsapp import hooks
from tests.whatsapp.updates import recorded
from whatsapp import deliveries, handling, inbox, outbox, signals, tasks, updates
from whatsapp.messages import Text
from whatsapp.models import IncomingUpdate, OutgoingMessage, WebhookEvent

pytestmark = pytest.mark.usefixtures("live_db")


@pytest.fixture
def changes() -> Iterator[list[str]]:
    """Return the events that receivers hear of the account; the word FAIL makes one fail."""
    heard: list[str] = []

    def hear(update: updates.AccountUpdate, **kwargs: object) -> None:
        if "FAIL" in update.event:
            raise ValueError("said by +5511987654321")
        heard.append(update.event)

    signals.account_changed.connect(hear)
    yield heard
    signals.account_changed.disconnect(hear)


def receive(*bodies: bytes) -> None:
    for body in bodies:
        inbox.store(body)
    inbox.take_in()


def events(*names: str) -> bytes:
    """Return a POST with these events of the account."""
    return hooks.body(*(hooks.account(name) for name in names))


def make(user: User, count: int) -> list[OutgoingMessage]:
    return [outbox.intend(user=user, message=Text(body="Oi!")) for _ in range(count)]


def outcomes() -> list[str]:
    return list(IncomingUpdate.objects.order_by("pk").values_list("outcome", flat=True))


@pytest.mark.parametrize("name", recorded.names())
def test_what_is_recorded_is_processed_or_ignored_with_the_reason(name: str) -> None:
    receive(recorded.body(name))
    for row in IncomingUpdate.objects.all():
        assert (row.error, row.next_attempt_at) == ("", None)
        assert row.processed_at
        assert row.outcome


def test_an_update_of_each_kind_ends_with_its_name(alice: User) -> None:
    [ours] = make(alice, 1)
    receive(hooks.statuses(hooks.status("sent", of=ours.pk)))
    receive(events("ACCOUNT_VIOLATION"), recorded.body("errors_alone"))
    assert set(outcomes()) == {"Status", "AccountUpdate", "ReportedFailure"}


def test_what_a_person_wrote_reaches_its_receivers_with_who_wrote_it() -> None:
    heard: list[dict[str, Any]] = []

    def hear(**kwargs: Any) -> None:
        heard.append(kwargs)

    signals.message_received.connect(hear)
    try:
        receive(recorded.body("message_text"), recorded.body("message_text"))
    finally:
        signals.message_received.disconnect(hear)
    [told] = heard
    assert told["message"].sender == recorded.ANA
    assert IncomingUpdate.objects.get().contact == told["contact"]


def test_what_is_not_known_is_kept_with_the_reason() -> None:
    receive(recorded.body("status_without_timestamp"))
    assert outcomes() == ["ignored: no timestamp"]


FOREIGN = {
    "a status": hooks.body(hooks.messages("1", statuses=[hooks.status("sent")])),
    "a message": hooks.body(hooks.messages("1", messages=[hooks.text("oi")])),
    "an account": events("ACCOUNT_DELETED").replace(recorded.ACCOUNT.encode(), b"1"),
}


@pytest.mark.parametrize("body", FOREIGN.values(), ids=FOREIGN.keys())
def test_what_is_for_another_number_or_account_does_nothing(
    alice: User, changes: list[str], body: bytes
) -> None:
    [ours] = make(alice, 1)
    receive(body.replace(b'"biz_opaque_callback_data": ""', f'"biz": "{ours.pk}"'.encode()))
    assert outcomes() == [handling.FOREIGN]
    assert changes == []
    ours.refresh_from_db()
    assert ours.status == "sending"


def test_an_update_that_comes_in_two_posts_is_processed_once(
    changes: list[str],
) -> None:
    receive(events("A", "B"), events("C", "B", "A"))
    assert changes == ["A", "B", "C"]
    receive(events("A"))
    assert len(changes) == 3


def test_updates_are_processed_in_the_order_of_the_post(changes: list[str]) -> None:
    names = [f"E{number * 7 % 10}" for number in range(10)]
    receive(events(*names))
    assert changes == names


def test_an_update_that_fails_keeps_nothing_of_what_it_did_and_blocks_no_other(
    changes: list[str],
) -> None:
    def write(**kwargs: object) -> None:
        WebhookEvent.objects.create(body=b"written by a receiver")

    signals.account_changed.connect(write)
    try:
        receive(events("A", "FAIL", "B"))
    finally:
        signals.account_changed.disconnect(write)
    assert len(changes) == 2
    written = [
        event for event in WebhookEvent.objects.all() if event.body == b"written by a receiver"
    ]
    assert len(written) == 2
    assert IncomingUpdate.objects.get(processed_at=None).attempts == 1


def test_its_error_says_where_and_names_nobody(changes: list[str]) -> None:
    receive(events("FAIL"))
    error = IncomingUpdate.objects.get().error
    assert re.fullmatch(r"ValueError at tests/whatsapp/test_inbox\.py:\d+ in hear", error)


def test_it_is_tried_again_later_and_later_and_then_left_to_staff(
    changes: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    receive(events("FAIL"))
    waits = []
    for _ in range(inbox.MOST_ATTEMPTS - 1):
        row = IncomingUpdate.objects.get()
        assert row.next_attempt_at
        waits.append(row.next_attempt_at - timezone.now())
        assert inbox.process() == 0
        IncomingUpdate.objects.update(next_attempt_at=timezone.now())
        tasks.take_in_again(0)
    assert timedelta(seconds=9) < waits[0] < timedelta(seconds=16)
    assert waits == sorted(waits)
    row = IncomingUpdate.objects.get()
    assert (row.attempts, row.next_attempt_at) == (inbox.MOST_ATTEMPTS, None)
    assert [record.levelname for record in caplog.records][-1] == "ERROR"
    assert "98765" not in caplog.text


def test_staff_replay_it_once_its_cause_is_gone(changes: list[str]) -> None:
    receive(events("FAIL"))
    IncomingUpdate.objects.update(
        next_attempt_at=None, attempts=9, content={**content(), "update": {"event": "GOOD"}}
    )
    assert inbox.replay(IncomingUpdate.objects.all()) == 1
    jobs.run_all()
    assert (outcomes(), len(changes)) == (["AccountUpdate"], 1)


def content() -> dict[str, Any]:
    found: dict[str, Any] = IncomingUpdate.objects.values_list("content", flat=True)[0]
    return found


def test_one_status_that_fails_leaves_the_others_of_its_batch_alone(alice: User) -> None:
    """What no status can do by itself, a database can: here it refuses one of ten."""
    made = make(alice, 10)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE whatsapp_messagestatus ADD CONSTRAINT unlucky"
            f" CHECK (message_id <> '{made[4].pk}') NOT VALID"
        )
    try:
        receive(hooks.statuses(*(hooks.status("read", of=ours.pk) for ours in made)))
        delivered = OutgoingMessage.objects.filter(delivery="read")
        assert set(OutgoingMessage.objects.exclude(pk__in=delivered)) == {made[4]}
        assert IncomingUpdate.objects.get(processed_at=None).error.startswith("IntegrityError at")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE whatsapp_messagestatus DROP CONSTRAINT unlucky")


def test_a_receiver_of_a_refusal_that_fails_is_tried_again(alice: User) -> None:
    [ours] = make(alice, 1)
    fails = [True]

    def fail(**kwargs: object) -> None:
        if fails.pop() if fails else False:
            raise ZeroDivisionError

    signals.message_refused.connect(fail)
    try:
        receive(hooks.statuses(hooks.failed(131026, of=ours.pk)))
        assert "ZeroDivisionError" in IncomingUpdate.objects.get().error
        IncomingUpdate.objects.update(next_attempt_at=timezone.now())
        inbox.take_in()
    finally:
        signals.message_refused.disconnect(fail)
    assert outcomes() == ["Status"]
    ours.refresh_from_db()
    assert ours.delivery == "failed"


class Killed(BaseException):
    """The worker died."""


@pytest.mark.parametrize("moment", ["split", "record_all", "process"])
def test_a_worker_that_dies_anywhere_loses_nothing_and_doubles_nothing(
    alice: User, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    made = make(alice, 3)
    body = hooks.statuses(*(hooks.status("sent", of=ours.pk) for ours in made))
    inbox.store(body)
    place: Any = deliveries if moment == "record_all" else inbox
    work: Callable[..., object] = getattr(place, moment)

    def die(*arguments: Any) -> object:
        if moment != "process":
            work(*arguments)
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(place, moment, die)
        with pytest.raises(Killed):
            jobs.run_all()
    tasks.take_in_again(0)
    assert outcomes() == ["Status"] * 3
    assert OutgoingMessage.objects.filter(statuses__state="sent").count() == 3


def test_workers_share_the_work_and_do_none_of_it_twice(changes: list[str]) -> None:
    names = [f"E{number}" for number in range(60)]
    for start in range(0, 60, 6):
        inbox.store(events(*names[start : start + 6], *names[:6]))
        inbox.store(events(*reversed(names[start : start + 6])))
    together = threading.Barrier(4)

    def work() -> None:
        together.wait(10)
        inbox.take_in()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(changes) == sorted(names)
    assert not IncomingUpdate.objects.filter(attempts__gt=0).exists()
    assert not WebhookEvent.objects.filter(split_at=None).exists()


def test_a_job_ends_after_a_while_and_leaves_the_rest_to_another(
    changes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "_LONGEST_JOB_SECONDS", -1.0)
    monkeypatch.setattr(inbox, "_UPDATES", 2)
    inbox.store(events("A", "B", "C", "D", "E"))
    assert len(jobs.run_all()) == 4
    assert len(changes) == 5


def test_a_batch_of_statuses_costs_few_statements(alice: User) -> None:
    made = make(alice, 100)
    inbox.store(hooks.statuses(*(hooks.status("read", of=ours.pk) for ours in made)))
    inbox.split()
    # Each message's WhatsApp id is its own, and is written by a statement of its own.
    OutgoingMessage.objects.update(status="accepted", whatsapp_id="x", wa_id="y")
    with CaptureQueriesContext(connection) as captured:
        assert inbox.process() == 100
    assert len(captured) <= 8


def test_without_an_account_in_settings_every_account_is_ours(
    changes: list[str], settings: Settings
) -> None:
    settings.WHATSAPP_BUSINESS_ACCOUNT_ID = ""
    receive(events("A"))
    assert len(changes) == 1
