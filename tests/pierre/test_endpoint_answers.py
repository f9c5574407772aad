"""Contract, "The endpoint": a test per row of the table of answers, byte for byte."""

import pytest
import requests
import responses
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import Subscription, User
from openfinance.models import Flow
from pierre.local.expectations import PATH
from tests.pierre.conftest import Call
from tests.whatsapp import graph as graph_answers
from whatsapp.models import BusinessNumber, Contact, MessageTemplate

ACCEPTED = b'{"status": "accepted", "message": "WhatsApp flow sent successfully"}'
PHONE_MISSING = b'{"error": "User phone number is required for WhatsApp operations"}'
INVALID_KEY = (
    b'{"error": "Invalid or inactive API key",'
    b' "message": "Please check your API key and try again", "type": "invalid_api_key"}'
)


def assert_error(answer: HttpResponse, status: int, type_: str) -> None:
    body = answer.json()  # type: ignore[attr-defined]
    assert answer.status_code == status, body
    assert list(body) == ["error", "message", "type"]
    assert body["type"] == type_
    assert body["error"]
    assert body["message"]


def assert_common_headers(answer: HttpResponse) -> None:
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Request-Id"]
    answer.content.decode("utf-8")


@pytest.mark.parametrize("extra", [{}, {"message_status": "accepted"}], ids=["without", "with"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_200_when_whatsapp_accepts(
    call: Call, alice: User, graph: responses.RequestsMock, method: str, extra: dict[str, str]
) -> None:
    graph_answers.accepts(graph, **extra)
    answer = call(alice, method)
    assert (answer.status_code, answer.content) == (200, ACCEPTED)
    assert_common_headers(answer)
    assert len(graph_answers.sent(graph)) == 1


def test_400_without_a_phone(call: Call, alice: User, graph: responses.RequestsMock) -> None:
    User.objects.filter(pk=alice.pk).update(phone="")
    answer = call(alice)
    assert (answer.status_code, answer.content) == (400, PHONE_MISSING)
    assert_common_headers(answer)


def test_400_when_the_phone_is_not_verified(call: Call, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(phone_verified_at=None)
    assert_error(call(alice), 400, "phone_not_verified")


def test_400_when_the_phone_is_unusable(call: Call, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(phone="+55119999")
    assert_error(call(alice), 400, "phone_unusable")


def test_400_when_the_person_opted_out(call: Call, alice: User) -> None:
    Contact.objects.filter(phone=alice.phone).update(opted_out_at=timezone.now())
    assert_error(call(alice), 400, "opted_out")


@pytest.mark.parametrize("value", [None, "", "sk-junk", "Bearer", "Bearer sk-junk", "Basic YTpi"])
def test_401_for_a_key_that_is_none(live_db: None, api: APIClient, value: str | None) -> None:
    answer = api.get(PATH, headers={"Authorization": value} if value is not None else {})
    assert (answer.status_code, answer.content) == (401, INVALID_KEY)
    assert answer["WWW-Authenticate"] == "Bearer"
    assert_common_headers(answer)


def test_401_for_an_inactive_user_is_the_same(call: Call, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    answer = call(alice)
    assert (answer.status_code, answer.content) == (401, INVALID_KEY)


def test_401_without_an_active_subscription(call: Call, davi: User) -> None:
    answer = call(davi)
    assert_error(answer, 401, "inactive_subscription")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("status", ["past_due", "canceled"])
def test_401_when_the_subscription_is_not_active(call: Call, alice: User, status: str) -> None:
    Subscription.objects.filter(user=alice).update(status=status)
    assert_error(call(alice), 401, "inactive_subscription")


def test_401_when_the_period_is_over(call: Call, alice: User) -> None:
    Subscription.objects.filter(user=alice).update(current_period_end=timezone.now())
    assert_error(call(alice), 401, "inactive_subscription")


def test_429_over_the_users_rate(
    call: Call, alice: User, graph: responses.RequestsMock, settings: Settings
) -> None:
    settings.API_USER_RATE = "1/h"
    graph_answers.accepts(graph)
    assert call(alice).status_code == 200
    answer = call(alice)
    assert_error(answer, 429, "rate_limited")
    assert 1 <= int(answer["Retry-After"]) <= 3601


def test_429_for_an_address_that_keeps_presenting_bad_keys(
    live_db: None, api: APIClient, settings: Settings
) -> None:
    settings.API_BAD_KEY_RATE = "2/h"
    statuses = [
        api.get(PATH, headers={"Authorization": "Bearer sk-junk"}).status_code for _ in range(4)
    ]
    assert statuses == [401, 401, 429, 429]


def test_429_over_the_cap_with_a_true_retry_after(
    call: Call, alice: User, graph: responses.RequestsMock, settings: Settings
) -> None:
    settings.FLOW_DEBOUNCE_SECONDS = 0
    settings.FLOW_CAP_PER_HOUR = 2
    graph_answers.accepts(graph)
    assert [call(alice).status_code for _ in range(3)] == [200, 200, 429]
    answer = call(alice)
    assert_error(answer, 429, "rate_limited")
    assert 3590 <= int(answer["Retry-After"]) <= 3600
    assert len(graph_answers.sent(graph)) == 2


def test_500_when_whatsapp_refuses_for_good(
    call: Call, alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.refuses(graph, 131026)
    assert_error(call(alice), 500, "whatsapp_rejected")


@pytest.mark.parametrize("code", [4, 80007, 130429, 131056])
def test_500_when_whatsapp_cannot_take_it_now(
    call: Call, alice: User, graph: responses.RequestsMock, code: int
) -> None:
    graph_answers.refuses(graph, code)
    assert_error(call(alice), 500, "whatsapp_unavailable")


@pytest.mark.parametrize(
    "answer",
    [
        {"body": requests.ReadTimeout()},
        {"body": "<html>Bad gateway</html>", "status": 502},
        {
            "json": {
                "messages": [{"id": "wamid.1", "message_status": "held_for_quality_assessment"}]
            }
        },
    ],
    ids=["timeout", "502", "held"],
)
def test_500_when_it_is_not_known_whether_it_was_sent(
    call: Call, alice: User, graph: responses.RequestsMock, answer: dict[str, object]
) -> None:
    graph.add(responses.POST, graph_answers.MESSAGES, **answer)  # type: ignore[arg-type]
    assert_error(call(alice), 500, "delivery_unknown")
    assert_error(call(alice), 500, "delivery_unknown")
    assert len(graph.calls) == 1


@pytest.mark.parametrize("missing", ["access_token", "phone_number_id"])
def test_500_when_whatsapp_is_not_configured(
    call: Call, alice: User, settings: Settings, missing: str
) -> None:
    options = settings.WHATSAPP["OPTIONS"] | {missing: ""}
    settings.WHATSAPP = settings.WHATSAPP | {"OPTIONS": options}
    assert_error(call(alice), 500, "whatsapp_not_configured")
    assert not Flow.objects.exists()


def test_500_at_once_when_the_number_is_stopped(
    call: Call, alice: User, graph: responses.RequestsMock
) -> None:
    BusinessNumber.objects.create(phone_number_id="106540352242922", stopped_at=timezone.now())
    assert_error(call(alice), 500, "whatsapp_unavailable")
    assert not graph.calls


def test_500_when_the_template_that_is_needed_is_not_approved(
    call: Call, alice: User, graph: responses.RequestsMock
) -> None:
    Contact.objects.update(window_ends_at=None)
    assert_error(call(alice), 500, "whatsapp_template_unavailable")
    assert not graph.calls
    assert not Flow.objects.exists()


def test_400_for_a_marketing_template_to_somebody_who_wants_none(
    call: Call, bruno: User, approved_templates: dict[str, MessageTemplate]
) -> None:
    Contact.objects.update(window_ends_at=None, marketing_stopped_at=timezone.now())
    assert_error(call(bruno), 400, "opted_out")


def test_200_when_the_template_took_the_place_of_what_was_refused(
    call: Call,
    alice: User,
    graph: responses.RequestsMock,
    approved_templates: dict[str, MessageTemplate],
) -> None:
    graph_answers.refuses(graph, 131047)
    graph_answers.accepts(graph)
    assert (call(alice).status_code, len(graph.calls)) == (200, 2)


def test_500_without_a_stack_trace_when_the_server_fails(
    call: Call, alice: User, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.UPGRADE_URL = settings.TEMPLATES = None
    settings.FLOW_CAP_PER_HOUR = None
    answer = call(alice)
    assert_error(answer, 500, "internal_error")
    assert b"Traceback" not in answer.content
    assert "unforeseen error" in caplog.text
