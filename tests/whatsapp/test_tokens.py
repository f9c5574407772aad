from uuid import UUID

import pytest

from whatsapp import tokens

KEY = "a key for tests"
MESSAGE = UUID("0d4b0c54-9f4e-4a54-9a7e-8f4f0a3f6d11")
OTHER = UUID("0d4b0c54-9f4e-4a54-9a7e-8f4f0a3f6d12")


def test_a_message_has_one_token_and_no_other_message_has_it() -> None:
    token = tokens.derive(MESSAGE, key=KEY)
    assert token == tokens.derive(MESSAGE, key=KEY)
    assert token != tokens.derive(OTHER, key=KEY)


def test_a_token_fits_a_url_and_has_192_bits() -> None:
    token = tokens.derive(MESSAGE, key=KEY)
    assert len(token) == 32
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_another_key_makes_another_token() -> None:
    assert tokens.derive(MESSAGE, key=KEY) != tokens.derive(MESSAGE, key=KEY + "x")


def test_a_digest_tells_nothing_of_its_token() -> None:
    token = tokens.derive(MESSAGE, key=KEY)
    assert len(tokens.digest(token, key=KEY)) == 64
    assert tokens.digest(token, key=KEY) != tokens.digest(token, key=KEY + "x")


@pytest.mark.parametrize("token", ["", "unused", "\ud800", "\x00", "é" * 5000])
def test_any_text_has_a_digest(token: str) -> None:
    assert len(tokens.digest(token, key=KEY)) == 64


def test_nothing_is_made_without_a_key() -> None:
    with pytest.raises(ValueError, match="key"):
        tokens.derive(MESSAGE, key="")
    with pytest.raises(ValueError, match="key"):
        tokens.digest("x", key="")


def test_the_token_goes_wherever_its_placeholder_stands() -> None:
    content = {"a": ["https://x.example/{token}", 1, None], "b": {"c": "{token}"}, "d": "none"}
    assert tokens.fill(content, {tokens.PLACEHOLDER: "T"}) == {
        "a": ["https://x.example/T", 1, None],
        "b": {"c": "T"},
        "d": "none",
    }
