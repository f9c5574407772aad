import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.native_flow import requests
from whatsapp.native_flow.exceptions import InvalidRequest
from whatsapp.native_flow.requests import Back, ErrorNotice, Exchange, Init, Ping

EXCHANGE: dict[str, Any] = {
    "version": "3.0",
    "action": "data_exchange",
    "screen": "BANKS",
    "data": {"step": "search", "query": "itaú"},
    "flow_token": "token",
}


def test_a_health_check_has_no_token() -> None:
    assert requests.read({"version": "3.0", "action": "ping"}) == Ping()


@pytest.mark.parametrize("extra", [{}, {"screen": ""}, {"data": {}}, {"data": None}])
def test_the_opening_of_a_flow_may_leave_out_screen_and_data(extra: dict[str, Any]) -> None:
    opening = {"version": "3.0", "action": "INIT", "flow_token": "token"} | extra
    assert requests.read(opening) == Init(flow_token="token", flow_token_signature=None, data={})


@pytest.mark.parametrize(("action", "kind"), [("BACK", Back), ("data_exchange", Exchange)])
def test_what_is_done_on_a_screen_carries_screen_data_and_token(
    action: str, kind: type[Back | Exchange]
) -> None:
    assert requests.read(EXCHANGE | {"action": action}) == kind(
        flow_token="token",
        flow_token_signature=None,
        screen="BANKS",
        data={"step": "search", "query": "itaú"},
    )


def test_the_signature_of_the_newer_protocol_is_carried() -> None:
    read = requests.read(EXCHANGE | {"version": "4.0", "flow_token_signature": "a.b.c"})
    assert isinstance(read, Exchange)
    assert read.flow_token_signature == "a.b.c"


@pytest.mark.parametrize("action", ["INIT", "data_exchange", "BACK"])
def test_an_error_notice_is_told_by_its_data_under_any_action(action: str) -> None:
    data = {"error": "payload-schema-error", "error_message": "banks is not an array"}
    assert requests.read(EXCHANGE | {"action": action, "data": data}) == ErrorNotice(
        flow_token="token",
        screen="BANKS",
        error="payload-schema-error",
        error_message="banks is not an array",
    )


def test_an_error_notice_may_say_nothing_but_its_key() -> None:
    assert requests.read({"action": "INIT", "data": {"error": "timeout_error"}}) == ErrorNotice(
        flow_token=None, screen="", error="timeout_error", error_message=""
    )


@pytest.mark.parametrize(
    "change",
    [
        *({"action": "init"}, {"action": "navigate"}, {"action": None}, {"action": ["INIT"]}),
        *({"flow_token": ""}, {"flow_token": None}, {"flow_token": 1}, {"flow_token": "x" * 4097}),
        *({"screen": ""}, {"screen": None}, {"screen": 1}, {"screen": "x" * 4097}),
        *({"data": "text"}, {"data": []}, {"data": False}),
        *({"data": {"error": None}}, {"data": {"error": {}}}, {"data": {"error": ""}}),
        {"data": {"error": "timeout_error", "error_message": 1}},
        *({"flow_token_signature": 1}, {"flow_token_signature": {}}),
        *({"flow_token": "\0"}, {"data": {"q": "a\0b"}}, {"data": {"\0": "a"}}),
        *({"flow_token": "\ud800"}, {"data": {"q": ["\udfff"]}}, {"screen": "\ud800"}),
        *({"data": {"q": float("nan")}}, {"data": {"q": float("inf")}}),
    ],
)
def test_any_other_request_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        requests.read(EXCHANGE | change)


def _nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


def test_data_too_deep_to_be_written_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        requests.read(EXCHANGE | {"data": _nested(100_000)})


@given(
    decrypted=st.dictionaries(
        st.sampled_from(["action", "screen", "data", "flow_token", "flow_token_signature"]),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["INIT", "BACK"]),
            lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("error"), inner),
            max_leaves=6,
        ),
    )
)
def test_no_object_raises_anything_else(decrypted: dict[str, Any]) -> None:
    try:
        read = requests.read(decrypted)
    except InvalidRequest:
        return
    assert isinstance(read, Ping | ErrorNotice | Init | Back | Exchange)
    assert json.dumps(decrypted, allow_nan=False)
