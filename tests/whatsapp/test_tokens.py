import re
from collections import Counter
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


class TestCodes:
    def test_a_code_is_six_digits_and_the_same_each_time(self) -> None:
        codes = {tokens.derive_code(UUID(int=number), key=KEY) for number in range(200)}
        assert all(re.fullmatch(r"[0-9]{6}", code) for code in codes)
        assert tokens.derive_code(MESSAGE, key=KEY) == tokens.derive_code(MESSAGE, key=KEY)

    def test_each_first_digit_is_as_likely_as_any_other(self) -> None:
        made = [tokens.derive_code(UUID(int=number), key=KEY) for number in range(20_000)]
        counts = Counter(code[0] for code in made)
        # Chi-squared with 9 degrees of freedom: one key in a million is above this.
        assert sum((counts[digit] - 2000) ** 2 / 2000 for digit in "0123456789") < 45

    def test_it_hangs_on_the_key(self) -> None:
        assert tokens.derive_code(MESSAGE, key=KEY) != tokens.derive_code(MESSAGE, key=KEY + "x")
        with pytest.raises(ValueError, match="key"):
            tokens.derive_code(MESSAGE, key="")

    def test_what_is_stored_of_a_code_is_of_use_for_one_message_only(self) -> None:
        stored = tokens.code_digest("123456", message_id=MESSAGE, key=KEY)
        assert stored == tokens.code_digest("123456", message_id=MESSAGE, key=KEY)
        assert stored != tokens.code_digest("123456", message_id=OTHER, key=KEY)
        assert stored != tokens.digest("123456", key=KEY)
