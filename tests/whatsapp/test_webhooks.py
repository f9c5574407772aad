import gzip
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from tests import jobs
from tests.whatsapp import hooks
from tests.whatsapp.updates import recorded
from whatsapp import inbox
from whatsapp.models import IncomingUpdate, WebhookEvent
from whatsapp.updates import LONGEST_BODY

ASKED = {
    "hub.mode": "subscribe",
    "hub.challenge": "1158201444",
    "hub.verify_token": "test-verify-token",
}
BODY = recorded.body("status_sent")
GOOD = hooks.signature(BODY)
BAD_SIGNATURES = {
    "none": "",
    "another secret": hooks.signature(BODY, secret="other"),
    "another body": hooks.signature(BODY + b" "),
    "sha1": GOOD.replace("sha256", "sha1"),
    "capitals": GOOD.upper(),
    "half": GOOD[:40],
    "two": f"{GOOD},{GOOD}",
    "with a space": f" {GOOD} x",
    "not ascii": "sha256=ç",
}


@pytest.fixture
def web() -> Client:
    return Client(enforce_csrf_checks=True)


def test_meta_proves_the_address_with_its_challenge(web: Client) -> None:
    answer = web.get(hooks.PATH, ASKED)
    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert answer["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "change",
    [
        {"hub.verify_token": "other"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "ç"},
        {"hub.mode": "unsubscribe"},
        {"hub.challenge": None},
    ],
)
def test_nobody_else_gets_the_challenge(web: Client, change: dict[str, str | None]) -> None:
    asked = {name: value for name, value in (ASKED | change).items() if value is not None}
    answer = web.get(hooks.PATH, asked)
    assert (answer.status_code, answer.content) == (403, b"Forbidden")


def test_no_token_in_settings_matches_no_token(web: Client, settings: Settings) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = ""
    assert web.get(hooks.PATH, ASKED | {"hub.verify_token": ""}).status_code == 403


@pytest.mark.django_db
def test_a_signed_post_is_kept_as_it_came_and_a_worker_is_told(web: Client) -> None:
    answer = hooks.post(web, BODY)
    assert (answer.status_code, answer.content) == (200, b"OK")
    assert bytes(WebhookEvent.objects.get().body) == BODY
    assert jobs.waiting() == [("whatsapp.tasks.take_in", {})]


def test_a_post_costs_one_insert_and_its_job(live_db: None, web: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        hooks.post(web, BODY)
    words = [query["sql"].split()[0] for query in captured.captured_queries]
    assert [word for word in words if word not in {"BEGIN", "COMMIT"}] == ["INSERT", "SELECT"]


@pytest.mark.parametrize("signed", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES.keys())
@pytest.mark.django_db
def test_a_bad_signature_is_refused_without_a_query(
    web: Client, django_assert_num_queries: DjangoAssertNumQueries, signed: str
) -> None:
    with django_assert_num_queries(0):
        answer = hooks.post(web, BODY, signed=signed)
    assert (answer.status_code, answer.content) == (403, b"Forbidden")


@pytest.mark.django_db
def test_both_secrets_of_a_rotation_are_taken(web: Client, settings: Settings) -> None:
    settings.WHATSAPP_APP_SECRETS = ["new", "old"]
    for secret, status in (("new", 200), ("old", 200), ("older", 403)):
        signed = hooks.signature(BODY, secret=secret)
        assert hooks.post(web, BODY, signed=signed).status_code == status


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_nothing_is_believed(
    web: Client, settings: Settings, secrets: tuple[str, ...]
) -> None:
    settings.WHATSAPP_APP_SECRETS = secrets
    signed = hooks.signature(BODY, secret="")
    assert hooks.post(web, BODY, signed=signed).status_code == 403


@pytest.mark.parametrize("verb", ["put", "patch", "delete", "head", "options"])
def test_other_verbs_are_not_allowed(web: Client, verb: str) -> None:
    answer = getattr(web, verb)(hooks.PATH)
    assert answer.status_code == 405


def test_nothing_of_it_is_cached_or_redirected(web: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = web.get(hooks.PATH, ASKED)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert not answer.cookies


@pytest.mark.django_db
def test_three_megabytes_are_kept_and_one_byte_more_is_not(
    web: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    longest = b"x" * LONGEST_BODY
    assert hooks.post(web, longest).status_code == 200
    with django_assert_num_queries(0):
        assert hooks.post(web, longest + b"x").status_code == 413


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_what_is_compressed_is_never_opened(web: Client, encoding: str) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    answer = hooks.post(web, bomb, **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.content) == (415, b"Unsupported Media Type")


UNREADABLE = {
    "empty": b"",
    "no JSON": b"entry",
    "bad UTF-8": b'{"entry": ["\xff"]}',
    "deep": b'{"entry": ' + b"[" * 500_000 + b"]" * 500_000 + b"}",
    "no object": b"[1]",
    "no entries": b"{}",
    "far too many": json.dumps({"entry": [1] * 10_001}).encode(),
    "a number nobody can hold": b'{"entry": [1e999]}',
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_body_that_is_not_understood_is_kept_and_answered_200(
    live_db: None, web: Client, body: bytes
) -> None:
    assert hooks.post(web, body).status_code == 200
    jobs.run_all()
    event = WebhookEvent.objects.get()
    assert event.error
    assert event.split_at


def test_one_that_is_not_understood_does_not_keep_back_the_next(live_db: None, web: Client) -> None:
    hooks.post(web, b"junk")
    hooks.post(web, BODY)
    jobs.run_all()
    assert IncomingUpdate.objects.get().processed_at


def test_it_is_read_again_when_staff_ask_for_it(live_db: None, web: Client) -> None:
    hooks.post(web, b"junk")
    jobs.run_all()
    WebhookEvent.objects.update(body=BODY)
    assert inbox.split_again(WebhookEvent.objects.all()) == 1
    jobs.run_all()
    assert WebhookEvent.objects.get().error == ""
    assert IncomingUpdate.objects.get().processed_at


def test_the_same_post_a_hundred_times_is_recorded_once(live_db: None, web: Client) -> None:
    body = recorded.body("several_entries")
    hooks.post(web, body)
    jobs.run_all()
    before: list[Any] = list(IncomingUpdate.objects.values())
    for _ in range(99):
        hooks.post(web, body)
    jobs.run_all()
    assert WebhookEvent.objects.filter(split_at__isnull=False).count() == 100
    assert list(IncomingUpdate.objects.values()) == before
