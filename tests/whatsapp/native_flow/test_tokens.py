import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.native_flow import tokens

KEY = b"a key of the settings"


def test_a_token_has_192_random_bits_and_fits_an_address() -> None:
    issued = {tokens.issue() for _ in range(1000)}
    assert len(issued) == 1000
    assert {len(base64.urlsafe_b64decode(token)) for token in issued} == {24}


def test_what_is_stored_is_a_keyed_digest_that_does_not_hold_the_token() -> None:
    stored = tokens.digest("token", key=KEY)
    assert stored == hmac.new(KEY, b"token", hashlib.sha256).hexdigest()
    assert stored != tokens.digest("token", key=b"another key")


def test_only_the_token_itself_matches_and_only_under_its_key() -> None:
    token = tokens.issue()
    stored = tokens.digest(token, key=KEY)
    assert tokens.matches(token, stored, key=KEY)
    assert not tokens.matches(token[:-1], stored, key=KEY)
    assert not tokens.matches(token, stored, key=b"another key")


@given(token=st.text(st.characters()), stored=st.text(st.characters(codec="utf-8")))
def test_any_text_is_compared_and_none_matches_by_chance(token: str, stored: str) -> None:
    assert not tokens.matches(token, stored, key=KEY)


def test_a_lone_surrogate_is_only_another_wrong_token() -> None:
    assert not tokens.matches("\ud800", tokens.digest("\udfff", key=KEY), key=KEY)


def test_a_digest_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        tokens.digest("token", key=b"")
