"""`GET /tools/api/get-open-finance-connections`: what an integrator reads, and what they do not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import api_keys, sealed
from accounts.models import AuditEvent, User
from openfinance import reports
from openfinance.models import Consent
from tests.openfinance import rows
from tests.pierre.test_query_counts import statements

PATH = "/tools/api/get-open-finance-connections"
CPF = "76109277673"
YEAR = timedelta(days=365)

pytestmark = pytest.mark.django_db


def ask(
    api: APIClient, user: User, query: str = "", method: str = "get", **headers: str
) -> HttpResponse:
    _, secret = api_keys.issue(user=user)
    answer: HttpResponse = getattr(api, method)(
        PATH + query, headers={"Authorization": f"Bearer {secret}", **headers}
    )
    return answer


def told(api: APIClient, user: User) -> Any:
    answer = ask(api, user)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def test_a_connection_is_told_key_for_key(api: APIClient, alice: User) -> None:
    flow = rows.flow(alice, at=datetime(2026, 11, 1, 8, tzinfo=UTC), delivery="read")
    rows.link(flow)
    consent = rows.consent(
        alice,
        authorised_at=datetime(2026, 11, 1, 9, 30, 0, 999, tzinfo=UTC),
        expires_at=datetime(2099, 11, 1, 9, 30, tzinfo=UTC),
    )
    sent = {"id": str(flow.pk), "at": "2026-11-01T08:00:00Z", "delivery": "read"}
    assert told(api, alice) == {
        "connections": [
            {
                "id": str(consent.connection_id),
                "bank": {"slug": "nubank", "name": "Nubank"},
                "state": "active",
                "since": "2026-11-01T09:30:00Z",
                "until": "2099-11-01T09:30:00Z",
                "last_flow": sent,
            }
        ],
        "last_flow": sent,
    }


def test_who_has_none_gets_an_empty_list(api: APIClient, alice: User) -> None:
    assert told(api, alice) == {"connections": [], "last_flow": None}


def test_the_headers_are_those_of_every_answer(api: APIClient, alice: User) -> None:
    rows.consent(alice)
    answer = ask(api, alice, **{"X-Request-Id": "abc-123", "Origin": "https://app.example"})
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/json", "no-store")
    assert (answer["X-Request-Id"], answer["X-Total-Count"]) == ("abc-123", "1")
    assert answer["Access-Control-Allow-Origin"] == "https://app.example"


def test_what_is_theirs_is_read_without_a_subscription(api: APIClient, davi: User) -> None:
    rows.consent(davi)
    assert len(told(api, davi)["connections"]) == 1


def test_another_users_connections_are_not_told(api: APIClient, alice: User, bruno: User) -> None:
    rows.link(rows.flow(bruno))
    rows.consent(bruno)
    assert told(api, alice) == {"connections": [], "last_flow": None}


_NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
_LATER = datetime(2099, 1, 1, tzinfo=UTC)
_ENDED = {"status": "ended", "ended_at": _NOW}
_STATES = [
    ({"status": "created", "authorised_at": None}, "awaiting", None),
    ({"status": "awaiting", "authorised_at": None, "expires_at": _LATER}, "awaiting", _LATER),
    ({"expires_at": None}, "active", None),
    ({"expires_at": _NOW}, "expired", _NOW),
    ({"expires_at": _LATER, "revocation_requested_at": _NOW}, "ending", _NOW),
    ({**_ENDED, "reason": "CONSENT_MAX_DATE_REACHED", "expires_at": _NOW}, "expired", _NOW),
    ({**_ENDED, "reason": "CUSTOMER_MANUALLY_REVOKED", "expires_at": _LATER}, "ended", _NOW),
    ({**_ENDED, "reason": "INTERNAL_SECURITY_REASON"}, "ended", _NOW),
    ({**_ENDED, "reason": "REPLACED"}, "ended", _NOW),
]


@pytest.mark.parametrize(("facts", "state", "until"), _STATES)
def test_the_state_is_one_of_few_words(
    api: APIClient, alice: User, facts: dict[str, Any], state: str, until: datetime | None
) -> None:
    rows.consent(alice, **facts)
    (one,) = told(api, alice)["connections"]
    assert (one["state"], one["until"]) == (state, until and f"{until:%Y-%m-%dT%H:%M:%SZ}")
    assert (one["since"] is None) == ("authorised_at" in facts)


def test_what_never_came_to_anything_is_left_out(api: APIClient, alice: User) -> None:
    rows.consent(
        alice,
        status="ended",
        reason="CUSTOMER_MANUALLY_REJECTED",
        ended_at=timezone.now(),
        authorised_at=None,
    )
    assert told(api, alice)["connections"] == []


def test_the_one_that_gives_access_speaks_for_a_connection_while_it_is_renewed(
    api: APIClient, alice: User
) -> None:
    now = timezone.now()
    rows.consent(alice, agreed_at=now - YEAR, status="ended", reason="REPLACED", ended_at=now)
    rows.consent(alice, agreed_at=now - timedelta(days=1))
    rows.consent(alice, agreed_at=now, status="awaiting", authorised_at=None)
    assert [one["state"] for one in told(api, alice)["connections"]] == ["active"]


def test_the_newest_come_first_and_no_more_than_a_hundred(
    api: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MOST", 2)
    for days, slug in enumerate(("inter", "itau", "nubank")):
        rows.consent(alice, slug, agreed_at=timezone.now() - timedelta(days=days))
    answer = ask(api, alice)
    listed = [one["bank"]["slug"] for one in json.loads(answer.content)["connections"]]
    assert (listed, answer["X-Total-Count"]) == (["inter", "itau"], "3")


@pytest.mark.parametrize(
    ("status", "told_of_it", "delivery"),
    [
        ("queued", "", "pending"),
        ("sending", "", "pending"),
        ("accepted", "", "accepted"),
        ("failed", "", "failed"),
        ("unknown", "", "unknown"),
        ("unconfirmed", "", "unknown"),
        ("accepted", "sent", "sent"),
        ("accepted", "delivered", "delivered"),
        ("unknown", "read", "read"),
        ("accepted", "failed", "failed"),
    ],
)
def test_the_delivery_is_what_whatsapp_told_and_else_what_we_know(
    api: APIClient, alice: User, status: str, told_of_it: str, delivery: str
) -> None:
    rows.flow(alice, status=status, delivery=told_of_it)
    assert told(api, alice)["last_flow"]["delivery"] == delivery


def test_the_last_flow_of_a_connection_is_the_last_that_led_to_its_bank(
    api: APIClient, alice: User
) -> None:
    now = timezone.now()
    for hours, slug in ((3, "nubank"), (2, "nubank"), (1, "itau")):
        rows.link(rows.flow(alice, at=now - timedelta(hours=hours)), slug)
    last, newest = rows.flow(alice, at=now), told(api, alice)["last_flow"]
    assert newest["id"] == str(last.pk)
    rows.consent(alice)
    (one,) = told(api, alice)["connections"]
    assert (
        one["last_flow"]["at"] == f"{(now - timedelta(hours=2)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    )


def test_nothing_in_it_identifies_the_person_or_the_consent_at_the_bank(
    api: APIClient, alice: User
) -> None:
    consent = rows.consent(alice, cpf_index="b" * 64, address="203.0.113.7")
    sealed.seal(consent, "cpf", CPF)
    consent.save()
    text = ask(api, alice).content.decode()
    secrets = (CPF, "b" * 64, "203.0.113.7", "urn:bank", alice.phone[1:], alice.email, "Alice")
    assert not [secret for secret in secrets if secret in text]


def test_the_audit_knows_whose_they_are_and_which_key_read_them(
    api: APIClient, alice: User
) -> None:
    rows.consent(alice)
    ask(api, alice, "?s=s", **{"User-Agent": "bot/1", "X-Request-Id": "abc-123"})
    event = AuditEvent.objects.get(act=AuditEvent.Act.CONNECTIONS_READ)
    key = alice.api_keys.get()
    assert (event.user, event.actor_kind, event.actor) == (alice, "integrator", str(key.pk))
    place = (event.place.address, event.place.user_agent)
    assert (event.channel, *place) == ("mcp", "127.0.0.1", "bot/1")
    assert (event.request_id, event.details) == ("abc-123", {"connections": "1"})


@pytest.mark.parametrize("method", ["head", "post", "put", "patch", "delete", "trace"])
def test_another_verb_is_405(api: APIClient, alice: User, method: str) -> None:
    answer = ask(api, alice, method=method)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, OPTIONS")
    assert not AuditEvent.objects.filter(act=AuditEvent.Act.CONNECTIONS_READ).exists()


def test_plain_options_names_the_verbs_and_asks_for_no_key(api: APIClient) -> None:
    assert api.options(PATH).json() == {"allow": ["GET", "OPTIONS"]}


@pytest.mark.parametrize("value", ["", "Bearer sk-junk", "Basic YTpi"])
def test_a_bad_key_is_the_same_401_as_everywhere(api: APIClient, value: str) -> None:
    answer = api.get(PATH, headers={"Authorization": value})
    assert (answer.status_code, answer.json()["type"]) == (401, "invalid_api_key")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_the_users_rate_is_that_of_all_endpoints_together(
    api: APIClient, alice: User, settings: Settings
) -> None:
    settings.API_USER_RATE = "1/h"
    assert ask(api, alice).status_code == 200
    answer = ask(api, alice)
    assert (answer.status_code, "Retry-After" in answer) == (429, True)


def test_it_costs_as_many_statements_for_one_connection_as_for_many(
    api: APIClient, alice: User
) -> None:
    rows.consent(alice)
    ask(api, alice)  # the first call in a minute counts with one statement less
    counts = []
    for slug in ("inter", "itau", "bradesco"):
        with CaptureQueriesContext(connection) as captured:
            ask(api, alice)
        counts.append(len(statements(captured)))
        rows.link(rows.flow(alice), slug)
        rows.consent(alice, slug)
        rows.consent(alice, slug, status=Consent.Status.AWAITING, authorised_at=None)
    # Five of them made the key, and one noted its first use.
    assert counts == [14, 14, 14]
