"""The exchange with a phone that was written apart from the project's code."""

import base64
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.whatsapp.native_flow.phone import Phone, private_pem
from whatsapp.native_flow import encryption
from whatsapp.native_flow.encryption import Keyring
from whatsapp.native_flow.exceptions import Undecryptable, UnusableKey

INIT = {"version": "3.0", "action": "INIT", "flow_token": "token"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


def test_a_request_is_opened_and_its_answer_read_by_the_phone(
    keyring: Keyring, phone: Phone
) -> None:
    opened = keyring.open(phone.ask(INIT))
    assert opened.request == INIT
    answer = {"screen": "BANKS", "data": {"title": "Itaú ✓"}}
    assert phone.read(opened.answer(answer)) == answer


@given(request=st.dictionaries(st.text(max_size=8), json_values), answer=json_values)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_content_makes_the_round_trip(
    keyring: Keyring, current_key: rsa.RSAPrivateKey, request: dict[str, Any], answer: Any
) -> None:
    phone = Phone(current_key.public_key())
    opened = keyring.open(phone.ask(request))
    assert opened.request == request
    assert phone.read(opened.answer({"data": answer})) == {"data": answer}


def test_every_bit_of_the_nonce_is_inverted_in_the_answer(keyring: Keyring, phone: Phone) -> None:
    phone.iv = bytes.fromhex("00ff0f123456789abcdef0a5c3e17e81")
    answer = base64.b64decode(keyring.open(phone.ask(INIT)).answer({}))
    inverted = bytes.fromhex("ff00f0edcba98765432" + "10f5a3c1e817e")
    encryptor = Cipher(algorithms.AES(phone.aes_key), modes.GCM(inverted)).encryptor()
    expected = encryptor.update(b"{}") + encryptor.finalize() + encryptor.tag
    assert answer == expected


def test_an_answer_is_not_sealed_under_the_nonce_of_the_request(
    keyring: Keyring, phone: Phone
) -> None:
    answer = keyring.open(phone.ask(INIT)).answer({"data": {}})
    phone.iv = bytes(255 - byte for byte in phone.iv)
    with pytest.raises(InvalidTag):
        phone.read(answer)


def test_a_request_under_an_older_key_is_opened_during_the_overlap(
    keyring: Keyring, older_key: rsa.RSAPrivateKey
) -> None:
    phone = Phone(older_key.public_key())
    opened = keyring.open(phone.ask(INIT))
    assert phone.read(opened.answer({"ok": "1"})) == {"ok": "1"}


def test_a_request_under_a_key_we_never_had_cannot_be_opened(
    keyring: Keyring, strange_key: rsa.RSAPrivateKey
) -> None:
    with pytest.raises(Undecryptable):
        keyring.open(Phone(strange_key.public_key()).ask(INIT))


def test_an_older_key_taken_out_of_the_keyring_opens_nothing(
    current_key: rsa.RSAPrivateKey, older_key: rsa.RSAPrivateKey
) -> None:
    with pytest.raises(Undecryptable):
        Keyring([private_pem(current_key)]).open(Phone(older_key.public_key()).ask(INIT))


def test_sealing_needs_only_the_key_and_nonce_of_the_request(phone: Phone) -> None:
    sealed = encryption.seal({"data": {"status": "active"}}, key=phone.aes_key, iv=phone.iv)
    assert phone.read(sealed) == {"data": {"status": "active"}}


def test_what_was_opened_is_not_in_its_repr(keyring: Keyring, phone: Phone) -> None:
    assert repr(keyring.open(phone.ask(INIT))) == "Opened()"


def test_a_key_with_a_passphrase_and_one_without_share_a_keyring(
    current_key: rsa.RSAPrivateKey, older_key: rsa.RSAPrivateKey
) -> None:
    keyring = Keyring([private_pem(current_key, "segredo"), private_pem(older_key)], "segredo")
    for key in (current_key, older_key):
        assert keyring.open(Phone(key.public_key()).ask(INIT)).request == INIT


def test_the_public_key_is_that_of_the_current_private_key(
    keyring: Keyring, current_key: rsa.RSAPrivateKey
) -> None:
    published = serialization.load_pem_public_key(keyring.public_key_pem().encode())
    assert published == current_key.public_key()


def _of_another_kind() -> str:
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def _of_another_size() -> str:
    return private_pem(rsa.generate_private_key(public_exponent=65537, key_size=3072))


@pytest.mark.parametrize("pem", ["", "not a key", _of_another_kind(), _of_another_size()])
def test_a_key_that_whatsapp_would_not_use_is_refused_by_its_number(
    current_key: rsa.RSAPrivateKey, pem: str
) -> None:
    with pytest.raises(UnusableKey, match="Private key 2") as caught:
        Keyring([private_pem(current_key), pem])
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("passphrase", [None, "", "wrong"])
def test_a_wrong_passphrase_is_refused_without_being_told(
    current_key: rsa.RSAPrivateKey, passphrase: str | None
) -> None:
    with pytest.raises(UnusableKey, match=r"^Private key 1 cannot be read\.$"):
        Keyring([private_pem(current_key, "segredo")], passphrase)


def test_a_keyring_without_keys_is_refused() -> None:
    with pytest.raises(UnusableKey, match="no private key"):
        Keyring([])
