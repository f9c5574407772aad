import string

from hypothesis import given
from hypothesis import strategies as st

from accounts import key_secrets

BASE62 = string.digits + string.ascii_letters


def test_two_keys_are_never_the_same_and_all_are_well_formed() -> None:
    made = {key_secrets.new() for _ in range(50)}
    assert len(made) == 50
    assert all(key_secrets.is_well_formed(secret) for secret in made)


@given(position=st.integers(0, 40), character=st.sampled_from(BASE62))
def test_one_wrong_character_is_seen_without_a_query(position: int, character: str) -> None:
    secret = key_secrets.with_checksum("sk-" + "aB3" * 10 + "xy")
    changed = secret[:position] + character + secret[position + 1 :]
    assert key_secrets.is_well_formed(secret)
    assert key_secrets.is_well_formed(changed) == (changed == secret)


@given(st.text(max_size=60))
def test_no_text_breaks_the_check(text: str) -> None:
    assert not key_secrets.is_well_formed(text)
