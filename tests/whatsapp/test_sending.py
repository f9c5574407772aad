"""What a worker does with a queued message: its job is run, and Graph stands at the HTTP edge."""

import json
import time
from datetime import timedelta

import pytest
import requests
import responses
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from tests import jobs as worker
from tests.whatsapp import graph as graph_answers
from whatsapp import jobs, numbers, outbox, pacing, sending, signals
from whatsapp.messages import Text
from whatsapp.models import BusinessNumber, Contact, OutgoingMessage

pytestmark = pytest.mark.usefixtures("live_db")

HELLO = Text(body="Oi!")
STRANGER = "BR.13491208655302741918"


def queue(user: User) -> OutgoingMessage:
    return outbox.queue(to=user.phone, message=HELLO, user=user)


def states() -> list[str]:
    messages = OutgoingMessage.objects.order_by("created_at")
    return list(messages.values_list("status", flat=True))


def run_again_without_waiting(times: int) -> None:
    """Run the jobs that wait, as often, however long they and the person's pace would take."""
    for _ in range(times):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
            cursor.execute("DELETE FROM whatsapp_pace")
        worker.run_all()


def waits() -> list[float]:
    """Return in how many seconds each waiting job is due."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM coalesce(scheduled_at, now()) - now())::float8"
            " FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
        )
        return [seconds for (seconds,) in cursor.fetchall()]


class TestTheQueue:
    def test_a_worker_sends_what_was_queued(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        graph_answers.accepts(graph)
        message = queue(alice)
        assert (states(), worker.run_all(), states()) == (
            ["queued"],
            ["whatsapp.tasks.send"],
            ["accepted"],
        )
        sent = graph_answers.sent(graph)[0]
        assert (sent["to"], sent["biz_opaque_callback_data"]) == (alice.phone, str(message.pk))

    def test_what_is_rolled_back_leaves_neither_a_message_nor_a_job(self, alice: User) -> None:
        with transaction.atomic():
            queue(alice)
            transaction.set_rollback(True)
        assert (states(), worker.waiting()) == ([], [])

    def test_nobody_takes_the_job_before_the_message_is_committed(self, alice: User) -> None:
        with transaction.atomic():
            queue(alice)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
                assert cursor.fetchone() == (True,)
        assert [name for name, _ in worker.waiting()] == ["whatsapp.tasks.send"]

    def test_a_stranger_who_hides_their_number_gets_an_answer(
        self, graph: responses.RequestsMock
    ) -> None:
        graph.add(
            responses.POST,
            graph_answers.MESSAGES,
            json={"contacts": [{"user_id": STRANGER}], "messages": [{"id": "wamid.1"}]},
        )
        outbox.queue(to=STRANGER, message=HELLO)
        worker.run_all()
        assert (states(), graph_answers.sent(graph)[0]["recipient"]) == (["accepted"], STRANGER)

    def test_a_job_that_runs_twice_sends_once(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        graph_answers.accepts(graph)
        message = queue(alice)
        outbox.enqueue(message)
        assert len(worker.run_all()) == 2
        assert len(graph.calls) == 1

    def test_a_job_whose_message_is_gone_does_nothing(self, graph: responses.RequestsMock) -> None:
        jobs.enqueue(
            "whatsapp.tasks.send",
            queue=jobs.Queue.OUTBOX,
            message_id="00000000-0000-0000-0000-000000000000",
        )
        assert worker.run_all() == ["whatsapp.tasks.send"]

    def test_what_was_claimed_by_a_worker_that_died_is_never_sent_by_another(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        message = queue(alice)
        outbox.claim(message)
        worker.run_all()
        assert states() == ["sending"]
        assert outbox.settle(now=timezone.now() + outbox.deadline() * 2) == 1
        assert (states(), len(graph.calls)) == (["unknown"], 0)

    def test_only_one_of_two_workers_gets_a_message(self, alice: User) -> None:
        message = queue(alice)
        again = OutgoingMessage.objects.get()
        assert (outbox.claim(message), outbox.claim(again)) == (True, False)

    def test_a_message_whose_job_was_lost_gets_another(self, alice: User) -> None:
        lost, recent, waiting = queue(alice), queue(alice), queue(alice)
        long_ago = timezone.now() - timedelta(minutes=6)
        OutgoingMessage.objects.exclude(pk=recent.pk).update(created_at=long_ago)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'failed' WHERE args->>'message_id' <> %s",
                [str(waiting.pk)],
            )
        assert sending.forgotten() == 1
        assert worker.waiting()[-1] == ("whatsapp.tasks.send", {"message_id": str(lost.pk)})

    def test_no_connection_is_held_while_a_turn_is_waited_for(
        self, alice: User, graph: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        graph_answers.accepts(graph)
        for _ in range(100):
            pacing.count(to="+14155550000")
        held: list[bool] = []
        asleep = time.sleep

        def sleep(seconds: float) -> None:
            held.append(connection.connection is not None)
            asleep(seconds)

        monkeypatch.setattr(time, "sleep", sleep)
        queue(alice)
        worker.run_all()
        assert (held, states()) == ([False], ["accepted"])


class TestWhatWasProvenUnsent:
    @pytest.mark.parametrize(
        ("code", "least", "most"),
        [(130429, 1, 1.5), (131056, 1, 1), (80007, 60, 60), (4, 60, 60)],
    )
    def test_it_goes_back_and_waits_as_the_reference_says(
        self, alice: User, graph: responses.RequestsMock, code: int, least: float, most: float
    ) -> None:
        graph_answers.refuses(graph, code)
        queue(alice)
        worker.run_all()
        assert states() == ["queued"]
        assert OutgoingMessage.objects.get().error_code == code
        assert [least - 0.5 <= wait <= most + 0.1 for wait in waits()] == [True]

    def test_it_is_sent_when_whatsapp_takes_it_again(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        graph_answers.refuses(graph, 130429)
        graph_answers.accepts(graph)
        queue(alice)
        worker.run_all()
        worker.run_all(later=True)
        assert (states(), len(graph.calls)) == (["accepted"], 2)

    @pytest.mark.parametrize(
        ("code", "expected"),
        [(131056, [1, 4, 16, 64, 256, 300, 300]), (130429, [1, 2, 4, 8, 16, 32, 64])],
    )
    def test_each_wait_is_longer_and_the_eighth_refusal_is_the_last(
        self, alice: User, graph: responses.RequestsMock, code: int, expected: list[int]
    ) -> None:
        graph_answers.refuses(graph, code)
        queue(alice)
        for wait in expected:
            run_again_without_waiting(1)
            assert wait - 0.5 <= waits()[0] <= wait * 1.5
        run_again_without_waiting(1)
        assert (states(), waits(), len(graph.calls)) == (["failed"], [], 8)

    def test_a_person_who_gets_too_many_keeps_only_themselves_waiting(
        self, alice: User, bruno: User, graph: responses.RequestsMock
    ) -> None:
        graph_answers.refuses(graph, 131056)
        graph_answers.accepts(graph)
        queue(alice)
        worker.run_all()
        queue(alice)
        queue(bruno)
        worker.run_all()
        assert OutgoingMessage.objects.get(user=bruno).status == "accepted"
        assert pacing.take(to=alice.phone, patience=timedelta()).is_taken is False

    def test_a_limit_of_the_account_keeps_everybody_waiting(
        self, alice: User, bruno: User, graph: responses.RequestsMock
    ) -> None:
        graph_answers.refuses(graph, 80007)
        queue(alice)
        worker.run_all()
        queue(bruno)
        worker.run_all()
        assert (states(), len(graph.calls)) == (["queued", "queued"], 1)
        assert all(55 < wait <= 61 for wait in waits())

    def test_meta_may_say_how_long_the_limit_lasts(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        usage = {"102290129340398": [{"estimated_time_to_regain_access": 17}]}
        graph.add(
            responses.POST,
            graph_answers.MESSAGES,
            status=400,
            json={"error": {"message": "(#80007)", "code": 80007}},
            headers={"X-Business-Use-Case-Usage": json.dumps(usage)},
        )
        queue(alice)
        worker.run_all()
        assert [round(wait / 60) for wait in waits()] == [17]

    def test_a_refused_connection_is_tried_again(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        graph.add(responses.POST, graph_answers.MESSAGES, body=requests.ConnectTimeout())
        graph_answers.accepts(graph)
        queue(alice)
        worker.run_all()
        worker.run_all(later=True)
        assert states() == ["accepted"]


class TestWhatMayHaveBeenSent:
    def test_a_timeout_is_unknown_and_never_sent_again(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        graph.add(responses.POST, graph_answers.MESSAGES, body=requests.ReadTimeout())
        message = queue(alice)
        worker.run_all()
        outbox.enqueue(message)
        worker.run_all()
        assert (states(), len(graph.calls)) == (["unknown"], 1)

    @pytest.mark.parametrize("code", [1, 2, 131000, 131016])
    def test_an_ambiguous_code_is_unknown(
        self, alice: User, graph: responses.RequestsMock, code: int
    ) -> None:
        graph_answers.refuses(graph, code)
        queue(alice)
        worker.run_all()
        assert (states(), worker.waiting()) == (["unknown"], [])


class TestWhatNeverLeaves:
    def test_what_waited_for_an_hour_is_given_up(
        self, alice: User, graph: responses.RequestsMock, caplog: pytest.LogCaptureFixture
    ) -> None:
        queue(alice)
        OutgoingMessage.objects.update(
            created_at=timezone.now() - sending.EXPIRES_AFTER - timedelta(seconds=1)
        )
        worker.run_all()
        assert (states(), len(graph.calls)) == (["failed"], 0)
        assert "it waited in the queue for too long" in caplog.text

    def test_giving_up_never_touches_what_another_worker_is_sending(self, alice: User) -> None:
        message = queue(alice)
        seen_by_another = OutgoingMessage.objects.get()
        outbox.claim(message)
        assert outbox.withdraw(seen_by_another, reason="late") is False
        assert states() == ["sending"]

    def test_an_opt_out_takes_back_what_waits_in_the_queue(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        queue(alice)
        later = timezone.now() + timedelta(minutes=1)
        Contact.objects.filter(phone=alice.phone).update(opted_out_at=later)
        worker.run_all()
        assert (states(), len(graph.calls)) == (["failed"], 0)
        assert "no more messages" in OutgoingMessage.objects.get().error_details

    def test_the_answer_to_an_opt_out_is_sent(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        graph_answers.accepts(graph)
        Contact.objects.filter(phone=alice.phone).update(opted_out_at=timezone.now())
        queue(alice)
        worker.run_all()
        assert states() == ["accepted"]


class TestAStoppedNumber:
    @pytest.mark.parametrize("code", [190, 131042, 368])
    def test_a_refusal_of_the_number_stops_it_and_alerts(
        self,
        alice: User,
        bruno: User,
        graph: responses.RequestsMock,
        caplog: pytest.LogCaptureFixture,
        code: int,
    ) -> None:
        graph_answers.refuses(graph, code)
        queue(alice)
        queue(bruno)
        worker.run_all()
        assert (states(), len(graph.calls)) == (["failed", "queued"], 1)
        assert caplog.text.count("the WhatsApp number is stopped") == 1

    def test_what_waited_goes_out_once_staff_let_it(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        numbers.stop(reason="because of the test")
        queue(alice)
        worker.run_all()
        assert states() == ["queued"]
        graph_answers.accepts(graph)
        numbers.resume()
        worker.run_all(later=True)
        assert states() == ["accepted"]

    def test_templates_alone_may_be_stopped(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        graph_answers.accepts(graph)
        numbers.stop_templates(reason="because of the test")
        template = queue(alice)
        OutgoingMessage.objects.filter(pk=template.pk).update(
            payload={"type": "template", "template": {"name": "x"}}
        )
        queue(alice)
        worker.run_all()
        assert states() == ["queued", "accepted"]


class TestWhoHearsOfARefusal:
    def test_a_refusal_for_good_is_told(self, alice: User, graph: responses.RequestsMock) -> None:
        graph_answers.refuses(graph, 131026)
        message = queue(alice)
        told: list[OutgoingMessage] = []

        def hear(message: OutgoingMessage, **kwargs: object) -> None:
            assert connection.in_atomic_block
            told.append(message)

        signals.message_refused.connect(hear)
        try:
            worker.run_all()
        finally:
            signals.message_refused.disconnect(hear)
        assert told == [message]
        assert told[0].next_step == "try_other_variant"

    def test_the_refusal_stays_known_when_a_receiver_fails(
        self, alice: User, graph: responses.RequestsMock, caplog: pytest.LogCaptureFixture
    ) -> None:
        graph_answers.refuses(graph, 131026)
        message = queue(alice)

        def fail(**kwargs: object) -> None:
            OutgoingMessage.objects.filter(pk=message.pk).update(error_details="undone")
            raise LookupError

        signals.message_refused.connect(fail)
        try:
            worker.run_all()
        finally:
            signals.message_refused.disconnect(fail)
        stored = OutgoingMessage.objects.get()
        assert (stored.status, stored.error_code) == ("failed", 131026)
        assert stored.error_details != "undone"
        assert "nothing went out in place of" in caplog.text

    def test_the_log_names_no_person(
        self, alice: User, graph: responses.RequestsMock, caplog: pytest.LogCaptureFixture
    ) -> None:
        graph_answers.refuses(graph, 190)
        queue(alice)
        worker.run_all()
        assert alice.phone.removeprefix("+") not in caplog.text
        assert BusinessNumber.objects.get().reason.endswith("because of the test")
