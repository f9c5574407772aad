"""Contract, "The endpoint": which requests count as a call, and which send nothing."""

import pytest
import responses
from rest_framework.test import APIClient

from accounts.models import User
from openfinance.models import Flow
from pierre.local.expectations import PATH
from tests.pierre.conftest import Call
from tests.whatsapp import graph as graph_answers

ORIGIN = "https://app.example"


@pytest.mark.parametrize("method", ["head", "put", "patch", "delete", "trace"])
def test_another_verb_is_405_and_sends_nothing(
    call: Call, alice: User, graph: responses.RequestsMock, method: str
) -> None:
    answer = call(alice, method)
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, POST, OPTIONS"
    assert not graph.calls


def test_another_verb_without_a_key_is_405_too(live_db: None, api: APIClient) -> None:
    assert api.delete(PATH).json()["type"] == "method_not_allowed"


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}],
)
def test_a_prefetch_sends_nothing(
    call: Call, alice: User, graph: responses.RequestsMock, headers: dict[str, str]
) -> None:
    answer = call(alice, headers=headers)
    assert answer.json()["type"] == "prefetch_refused"  # type: ignore[attr-defined]
    assert not graph.calls


@pytest.mark.parametrize(
    ("query", "channel"),
    [("", "api"), ("?s=s", "mcp"), ("?s=x", "api"), ("?s=", "api"), ("?s=S", "api")],
)
def test_the_query_names_the_channel(
    call: Call, alice: User, graph: responses.RequestsMock, query: str, channel: str
) -> None:
    graph_answers.accepts(graph)
    assert call(alice, query=query).status_code == 200
    assert Flow.objects.get().channel == channel


def test_a_trailing_slash_is_not_found_rather_than_redirected(
    live_db: None, api: APIClient
) -> None:
    answer = api.get(PATH + "/")
    assert answer.status_code == 404
    assert answer.json()["type"] == "not_found"


def test_an_unknown_path_answers_json_with_a_request_id(live_db: None, api: APIClient) -> None:
    answer = api.get("/nothing")
    assert answer.json()["type"] == "not_found"
    assert answer["X-Request-Id"]


def test_an_unknown_host_is_refused_in_json(live_db: None, api: APIClient) -> None:
    answer = api.get(PATH, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["type"]) == (400, "bad_request")
    assert answer["X-Request-Id"]


def test_the_callers_request_id_is_kept(live_db: None, api: APIClient) -> None:
    assert api.get(PATH, headers={"X-Request-Id": "abc-123"})["X-Request-Id"] == "abc-123"


@pytest.mark.parametrize("given", ["a b", "a\tb", "x" * 65, "é", ""])
def test_a_request_id_that_could_forge_a_log_line_is_replaced(
    live_db: None, api: APIClient, given: str
) -> None:
    assert api.get(PATH, headers={"X-Request-Id": given})["X-Request-Id"] != given


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "nonsense"])
def test_the_answer_is_json_whatever_the_caller_accepts(
    live_db: None, api: APIClient, accept: str
) -> None:
    answer = api.get(PATH, headers={"Accept": accept})
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/json"


def test_a_body_on_post_is_not_read(
    call: Call, alice: User, graph: responses.RequestsMock, api: APIClient
) -> None:
    graph_answers.accepts(graph)
    assert call(alice, "post", headers={"Content-Type": "text/nonsense"}).status_code == 200


def test_a_preflight_from_a_configured_origin_is_allowed(live_db: None, api: APIClient) -> None:
    answer = api.options(
        PATH,
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert {"authorization", "content-type"} <= set(
        answer["Access-Control-Allow-Headers"].split(", ")
    )


def test_an_error_can_be_read_by_a_configured_origin(live_db: None, api: APIClient) -> None:
    answer = api.get(PATH, headers={"Origin": ORIGIN})
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert "x-request-id" in answer["Access-Control-Expose-Headers"]


def test_an_origin_that_is_not_configured_gets_no_permission(live_db: None, api: APIClient) -> None:
    answer = api.get(PATH, headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer


def test_plain_options_names_the_verbs_and_asks_for_no_key(live_db: None, api: APIClient) -> None:
    answer = api.options(PATH)
    assert (answer.status_code, answer.json()) == (200, {"allow": ["GET", "POST", "OPTIONS"]})
