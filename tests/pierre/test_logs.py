import json
import logging

import pytest

from pierre.logs import JsonFormatter, mask, request_id


@pytest.mark.parametrize(
    "text",
    [
        "key sk-AbCdEfGhIjKlMnOpQrStUvWxYz012345678901",
        "header Authorization: Bearer abc.def.ghi",
        "token test-access-token",
        "token EAAGm0PX4ZCpsBO1234567890",
        "phone +5511987654321",
        "wa_id 5511987654321",
        "?phone=%2B5511987654321",
        "path /tools/5511987654321",
    ],
)
def test_what_opens_a_door_or_names_a_person_is_masked(text: str) -> None:
    secret = text.rsplit(" ", 1)[-1].rsplit("=", 1)[-1]
    assert secret not in mask(text)


def test_the_token_of_a_link_is_masked_wherever_its_path_stands() -> None:
    token = "ZzQFMV9R2QRcPLJ_dMw3jBmkHCMvZobx"
    for text in (f"GET /conectar/{token} 200", f"'https://x.example/conectar/{token}'"):
        masked = mask(text)
        assert (token in masked, "/conectar/[secret]" in masked) == (False, True)


@pytest.mark.parametrize(
    "text", ["flow 0d4b0c54-4f0e-4f0b-9b1e-3f2a1b0c9d8e", "port 54329", "code 131056"]
)
def test_what_staff_search_for_stays_readable(text: str) -> None:
    assert mask(text) == text


def test_a_line_is_one_json_object_with_the_request_id() -> None:
    token = request_id.set("abc")
    try:
        record = logging.LogRecord("x", logging.INFO, "f", 1, "two\nlines %s", ("ok",), None)
        line = JsonFormatter().format(record)
    finally:
        request_id.reset(token)
    assert "\n" not in line
    assert json.loads(line) | {"time": ""} == {
        "time": "",
        "level": "INFO",
        "logger": "x",
        "request_id": "abc",
        "message": "two\nlines ok",
    }


def test_a_traceback_is_masked_too() -> None:
    error = ValueError("no phone +5511987654321")
    info = (ValueError, error, None)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", (), info)
    line = JsonFormatter().format(record)
    assert "ValueError" in line
    assert "11987654321" not in line
