from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from tests import jobs as worker
from whatsapp import jobs, numbers, outbox
from whatsapp.messages import Text
from whatsapp.models import IncomingUpdate, OutgoingMessage, WebhookEvent


def see_a_worker(ago: str = "0 seconds") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval)",
            [ago],
        )


def queue(client: Client) -> dict[str, int]:
    return dict(client.get("/readyz").json()["queue"])


def test_a_living_process_says_so_without_a_query(
    db: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}


def test_a_process_that_can_work_is_ready(db: None, client: Client) -> None:
    see_a_worker()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["checks"] == {
        "database": "ok",
        "whatsapp": "ok",
        "number": "ok",
        "worker": "ok",
    }


def test_its_answer_costs_two_statements(
    db: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        client.get("/readyz")


@pytest.mark.parametrize("silence", ["31 seconds", None])
def test_without_a_worker_it_is_degraded_and_still_ready(
    db: None, client: Client, silence: str | None
) -> None:
    if silence:
        see_a_worker(silence)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["worker"] == "failed"


def test_with_a_stopped_number_it_is_degraded_and_still_ready(db: None, client: Client) -> None:
    see_a_worker()
    numbers.stop(reason="because of the test", code=190)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["number"] == "failed"


def test_without_whatsapp_it_is_not_ready(db: None, client: Client, settings: Settings) -> None:
    whatsapp = django_settings.WHATSAPP
    settings.WHATSAPP = {**whatsapp, "OPTIONS": {**whatsapp["OPTIONS"], "access_token": ""}}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["whatsapp"]) == (503, "failed")
    assert answer.json()["status"] == "unavailable"


def test_without_the_database_it_is_not_ready_and_says_so(
    live_db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    with monkeypatch.context() as broken:
        broken.setitem(connection.settings_dict, "NAME", "there_is_no_such_database")
        broken.setitem(connection.settings_dict, "OPTIONS", {})
        answer = client.get("/readyz")
        connection.close()
    assert (answer.status_code, answer.json()["queue"]) == (503, None)
    assert answer.json()["checks"] == {
        "database": "failed",
        "whatsapp": "ok",
        "number": "unknown",
        "worker": "unknown",
    }


def test_an_empty_queue_has_no_depth(db: None, client: Client) -> None:
    assert set(queue(client).values()) == {0}


def test_whatever_waits_for_a_worker_counts(db: None, client: Client) -> None:
    WebhookEvent.objects.create(body=b"{}")
    IncomingUpdate.objects.create(key="1", content={})
    outbox.queue(to="+5511987654321", message=Text(body="Oi!"))
    jobs.enqueue("whatsapp.tasks.settle", queue=jobs.Queue.PERIODIC)
    found = queue(client)
    kinds = ("jobs", "webhooks", "updates", "messages", "depth")
    assert [found[kind] for kind in kinds] == [1, 1, 1, 1, 4]


def test_a_job_that_waits_for_its_time_counts(db: None, client: Client) -> None:
    jobs.enqueue("x", queue=jobs.Queue.OUTBOX, after=timedelta(hours=1))
    assert queue(client)["depth"] == 1


@pytest.mark.parametrize("kind", ["webhook", "update", "queued", "sending"])
def test_the_age_of_the_oldest_is_told(db: None, client: Client, kind: str) -> None:
    before = timezone.now() - timedelta(seconds=90)
    match kind:
        case "webhook":
            WebhookEvent.objects.create(body=b"{}", received_at=before)
        case "update":
            IncomingUpdate.objects.create(key="1", content={}, received_at=before)
        case _:
            OutgoingMessage.objects.create(payload={}, status=kind, created_at=before)
    assert queue(client)["oldest_seconds"] == pytest.approx(90, abs=2)


def test_the_age_of_a_job_is_told(db: None, client: Client) -> None:
    jobs.enqueue("x", queue=jobs.Queue.OUTBOX)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '5 minutes'")
    assert queue(client)["oldest_seconds"] == pytest.approx(300, abs=2)


def test_what_waits_for_staff_is_told_and_has_no_depth(db: None, client: Client) -> None:
    IncomingUpdate.objects.create(key="1", content={}, next_attempt_at=None)
    OutgoingMessage.objects.create(payload={}, status="unconfirmed")
    OutgoingMessage.objects.create(
        payload={}, status="unconfirmed", created_at=timezone.now() - timedelta(hours=25)
    )
    jobs.enqueue("x", queue=jobs.Queue.OUTBOX)
    with pytest.raises(KeyError):
        worker.run_all()
    found = queue(client)
    kinds = ("updates_given_up", "messages_unconfirmed", "jobs_failed", "depth")
    assert [found[kind] for kind in kinds] == [1, 1, 1, 0]
