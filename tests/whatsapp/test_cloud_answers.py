"""What Graph can answer, and what becomes of the message."""

import json
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses

from whatsapp.messages import Text
from whatsapp.providers import Accepted, SendError, payloads
from whatsapp.providers.cloud import CloudProvider

URL = "https://graph.example/v26.0/106/messages"
TOKEN = "EAAGm0PX4ZCpsBAKZCxyz"
ACCEPTED = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+5511987654321", "wa_id": "5511987654321"}],
    "messages": [{"id": "wamid.HBgN"}],
}


@pytest.fixture
def cloud() -> CloudProvider:
    return CloudProvider(
        access_token=TOKEN, phone_number_id="106", graph_url="https://graph.example/"
    )


def send(cloud: CloudProvider, **changes: str) -> Accepted:
    said = {"to": "+5511987654321", "callback_data": "uuid"} | changes
    return cloud.send(content=payloads.content(Text(body="Olá!")), **said)


def refusal(cloud: CloudProvider, **changes: str) -> SendError:
    with pytest.raises(SendError) as refused:
        send(cloud, **changes)
    return refused.value


def error(**changes: Any) -> dict[str, Any]:
    told = {
        "message": "(#131056) Pair rate limit hit",
        "type": "OAuthException",
        "code": 131056,
        "error_data": {"messaging_product": "whatsapp", "details": "Too many to this person"},
        "fbtrace_id": "Az8",
    }
    return {"error": told | changes}


def test_an_accepted_message_has_its_ids(
    cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, json=ACCEPTED)
    assert send(cloud) == Accepted(
        message_id="wamid.HBgN", wa_id="5511987654321", user_id=None, message_status=None
    )


def test_an_accepted_template_may_know_the_person_by_user_id_only(
    cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    messages = [{"id": "wamid.A", "message_status": "accepted"}]
    graph.post(URL, json={"contacts": [{"user_id": "BR.1349"}], "messages": messages})
    assert send(cloud) == Accepted(
        message_id="wamid.A", wa_id=None, user_id="BR.1349", message_status="accepted"
    )


def test_an_accepted_message_needs_no_contact(
    cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, json={"messages": [{"id": "wamid.A"}]})
    assert send(cloud).wa_id is None


@pytest.mark.parametrize("status", ["held_for_quality_assessment", "paused", "new", "", 7, []])
def test_a_message_that_whatsapp_holds_may_yet_be_sent(
    status: object, cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, json={"messages": [{"id": "wamid.A", "message_status": status}]})
    held = refusal(cloud)
    assert (held.outcome, held.next_step) == ("unknown", "reconcile")
    assert held.message_id == "wamid.A"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (131056, "unsent pause_contact"),
        (131047, "permanent use_template"),
        (131000, "unknown reconcile"),
        (250, "permanent stop_number"),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 429, 500])
def test_the_code_decides_and_not_the_http_status(
    code: int, expected: str, status: int, cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, json=error(code=code), status=status)
    refused = refusal(cloud)
    assert f"{refused.outcome} {refused.next_step}" == expected
    assert (refused.code, refused.http_status) == (code, status)


def test_an_unlisted_code_that_is_transient_may_have_been_sent(
    cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, json=error(code=999_999, is_transient=True), status=400)
    assert refusal(cloud).outcome == "unknown"


def test_a_refusal_says_what_it_means_and_how_to_trace_it(
    cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, json=error(), status=400)
    refused = refusal(cloud)
    assert refused.details == "too many messages to this person: Too many to this person"
    assert (refused.fbtrace_id, refused.message_id) == ("Az8", None)


@pytest.mark.parametrize(
    ("data", "details"),
    [
        ({"error_data": {}}, "Pair rate limit hit"),
        ({"error_data": "text"}, "Pair rate limit hit"),
        ({"error_data": None, "message": None}, "too many messages to this person"),
    ],
)
def test_a_refusal_without_details_tells_what_there_is(
    data: dict[str, Any], details: str, cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, json=error(**data), status=400)
    assert refusal(cloud).details.endswith(details)


@pytest.mark.parametrize(
    "secret",
    [
        "+5511987654321",
        "5511987654321",
        "+55 (11) 98765-4321",
        "11 98765-4321",
        TOKEN,
        "EAAanotherTokenAltogether",
        "line\x00with\ncontrol\ud800characters",
    ],
)
def test_details_hide_phones_tokens_and_control_characters(
    secret: str, cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    told = error(error_data={"details": f"No {secret} here"})
    graph.post(URL, body=json.dumps(told), status=400)
    details = refusal(cloud).details
    assert secret not in details
    assert details.isprintable()


def test_details_keep_lengths_and_are_kept_short(
    cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, json=error(error_data={"details": "Length 1030 - 1024. " * 50}), status=400)
    details = refusal(cloud).details
    assert "Length 1030 - 1024." in details
    assert len(details) == 500


UNREADABLE = [
    b"",
    b"<html>Bad gateway</html>",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"{}",
    b"[" * 60_000,
    b"9" * 60_000,
    b'{"error": "no"}',
    b'{"error": {"message": "no code"}}',
    b'{"error": {"code": "131056"}}',
    b'{"error": {"code": true}}',
    b'{"error": {"code": -1}}',
    b'{"error": {"code": 99999999999}}',
    b'{"messages": []}',
    b'{"messages": {}}',
    b'{"messages": ["wamid.A"]}',
    b'{"messages": [{"id": ""}]}',
    b'{"messages": [{"id": 7}]}',
    b'{"messages": [{"id": "a\\u0000b"}]}',
    b'{"messages": [{"id": "' + b"x" * 256 + b'"}]}',
]


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: body[:40].decode(errors="replace"))
@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_answer_that_is_not_graphs_proves_nothing(
    status: int, body: bytes, cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, body=body, status=status)
    refused = refusal(cloud)
    assert (refused.outcome, refused.next_step) == ("unknown", "reconcile")
    assert (refused.code, refused.http_status) == (None, status)


@pytest.mark.parametrize("status", [201, 202, 204, 301, 307, 404, 408, 409, 425, 429, 502, 503])
def test_only_a_200_accepts(
    status: int, cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, json=ACCEPTED, status=status)
    assert refusal(cloud).outcome == "unknown"


def test_a_compressed_answer_is_not_unpacked(
    cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, body=b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"})
    assert refusal(cloud).outcome == "unknown"
    assert graph.calls[0].request.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (requests.ConnectTimeout(), "unsent"),
        (requests.ReadTimeout(), "unknown"),
        (requests.ConnectionError("reset"), "unknown"),
        (requests.exceptions.SSLError("bad record"), "unknown"),
        (OSError("no memory"), "unknown"),
    ],
)
def test_a_failure_that_proves_nothing_is_unknown(
    failure: Exception, outcome: str, cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, body=failure)
    refused = refusal(cloud)
    assert refused.outcome == outcome
    assert (refused.code, refused.http_status) == (None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "5511987654321"},
        {"to": "+0511987654321"},
        {"to": "+55 11 98765-4321"},
        {"to": "+5511987654321\n"},
        {"to": "+٥٥١١٩٨٧٦٥٤٣٢١"},
        {"to": ""},
        {"callback_data": ""},
        {"callback_data": "x" * 513},
    ],
)
def test_a_wrong_address_or_callback_data_never_leaves(
    changes: dict[str, str], cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    refused = refusal(cloud, **changes)
    assert (refused.outcome, refused.next_step) == ("permanent", "fix_request")
    assert "98765" not in str(refused)
    assert len(graph.calls) == 0


def test_callback_data_of_512_characters_is_carried(
    cloud: CloudProvider, graph: responses.RequestsMock
) -> None:
    graph.post(URL, json=ACCEPTED)
    send(cloud, callback_data="x" * 512)
    sent = json.loads(graph.calls[0].request.body or b"")
    assert sent["biz_opaque_callback_data"] == "x" * 512


@pytest.mark.parametrize("token", ["", " ", "abc\n", "a b", "ação"])
def test_a_token_that_no_header_can_hold_is_refused_unseen(token: str) -> None:
    with pytest.raises(ValueError, match="access_token is empty or has characters") as refused:
        CloudProvider(access_token=token, phone_number_id="106")
    assert token.strip() == "" or token.strip() not in str(refused.value)


def test_ids_cannot_change_the_path(graph: responses.RequestsMock) -> None:
    cloud = CloudProvider(
        access_token=TOKEN, phone_number_id="1/../2?", graph_url="https://graph.example"
    )
    graph.post("https://graph.example/v26.0/1%2F..%2F2%3F/messages", json=ACCEPTED)
    assert send(cloud).message_id == "wamid.HBgN"


def test_the_token_is_not_in_the_provider_as_text(cloud: CloudProvider) -> None:
    assert TOKEN not in repr(cloud) + repr(vars(cloud)["_endpoint"])


@pytest.mark.parametrize(
    ("header", "minutes"),
    [
        ('{"1": [{"estimated_time_to_regain_access": 5}, {}], "2": [{"type": "whatsapp"}]}', 5),
        ('{"1": [{"estimated_time_to_regain_access": 9}], "2": [7]}', 9),
        ('{"1": [{"estimated_time_to_regain_access": 99999999}]}', 24 * 60),
    ],
)
def test_a_limit_may_say_how_long_it_lasts(
    cloud: CloudProvider, graph: responses.RequestsMock, header: str, minutes: int
) -> None:
    graph.post(
        URL,
        status=400,
        json={"error": {"code": 80007, "message": "limit"}},
        headers={"X-Business-Use-Case-Usage": header},
    )
    assert refusal(cloud).retry_after == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        "[]",
        '{"1": 7}',
        '{"1": [7]}',
        '{"1": [{"estimated_time_to_regain_access": 0}]}',
        '{"1": [{"estimated_time_to_regain_access": "5"}]}',
        '{"1": [{"estimated_time_to_regain_access": -5}]}',
    ],
)
def test_a_header_that_says_nothing_of_it_is_ignored(
    cloud: CloudProvider, graph: responses.RequestsMock, header: str
) -> None:
    graph.post(
        URL,
        status=400,
        json={"error": {"code": 80007, "message": "limit"}},
        headers={"X-Business-Use-Case-Usage": header},
    )
    assert refusal(cloud).retry_after is None
