"""Bodies that no honest phone sends: each is refused by one of two errors, and by nothing else."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.whatsapp.native_flow.phone import Phone
from whatsapp.native_flow.encryption import Keyring
from whatsapp.native_flow.exceptions import Malformed, Undecryptable

PLAIN = b'{"action":"ping"}'
Spoiled = Callable[[Phone], bytes]
NAMES = ("encrypted_flow_data", "encrypted_aes_key", "initial_vector")


def flipped(data: bytes, place: int) -> bytes:
    spoiled = bytearray(data)
    spoiled[place] ^= 1
    return bytes(spoiled)


def spoiled_data(spoil: Callable[[bytes], bytes]) -> Spoiled:
    return lambda phone: phone.post(spoil(phone.sealed(PLAIN)), phone.wrapped(), phone.iv)


def spoiled_key(spoil: Callable[[bytes], bytes]) -> Spoiled:
    return lambda phone: phone.post(phone.sealed(PLAIN), spoil(phone.wrapped()), phone.iv)


def spoiled_iv(spoil: Callable[[bytes], bytes]) -> Spoiled:
    return lambda phone: phone.post(phone.sealed(PLAIN), phone.wrapped(), spoil(phone.iv))


def sent_with(iv: bytes) -> Spoiled:
    def send(phone: Phone) -> bytes:
        phone.iv = iv
        return phone.send(PLAIN)

    return send


def encrypted_with(aes_key: bytes) -> Spoiled:
    def send(phone: Phone) -> bytes:
        phone.aes_key = aes_key
        return phone.send(PLAIN)

    return send


def wrapped_under_sha1(phone: Phone) -> bytes:
    sha = hashes.SHA1()
    scheme = padding.OAEP(mgf=padding.MGF1(algorithm=sha), algorithm=sha, label=None)
    key = phone.public_key.encrypt(phone.aes_key, scheme)
    return phone.post(phone.sealed(PLAIN), key, phone.iv)


@pytest.mark.parametrize(
    "spoiled",
    [
        pytest.param(spoiled_data(lambda data: flipped(data, 0)), id="ciphertext"),
        pytest.param(spoiled_data(lambda data: flipped(data, -1)), id="last byte of the tag"),
        pytest.param(spoiled_data(lambda data: flipped(data, -16)), id="first byte of the tag"),
        pytest.param(spoiled_data(lambda data: data[:-1]), id="one byte less"),
        pytest.param(spoiled_data(lambda data: data + b"\0"), id="one byte more"),
        pytest.param(spoiled_data(lambda data: data[:-16]), id="no tag"),
        pytest.param(spoiled_data(lambda data: data[-16:]), id="only the tag"),
        pytest.param(spoiled_data(lambda data: data[:15]), id="shorter than a tag"),
        pytest.param(spoiled_data(lambda _: b""), id="no data"),
        pytest.param(spoiled_key(lambda key: flipped(key, 0)), id="first byte of the key"),
        pytest.param(spoiled_key(lambda key: flipped(key, -1)), id="last byte of the key"),
        pytest.param(spoiled_key(lambda key: key[:-1]), id="short key"),
        pytest.param(spoiled_key(lambda key: key + b"\0"), id="long key"),
        pytest.param(spoiled_key(lambda _: b""), id="no key"),
        pytest.param(spoiled_key(lambda _: b"\xff" * 256), id="key above the modulus"),
        pytest.param(spoiled_iv(lambda iv: flipped(iv, 0)), id="nonce"),
        pytest.param(spoiled_iv(lambda iv: bytes(255 - byte for byte in iv)), id="inverted nonce"),
        pytest.param(spoiled_iv(lambda _: b""), id="no nonce"),
        pytest.param(spoiled_iv(lambda iv: iv * 20), id="very long nonce"),
        pytest.param(sent_with(b"x" * 12), id="right, with a nonce of 12 bytes"),
        pytest.param(sent_with(b"x" * 17), id="right, with a nonce of 17 bytes"),
        pytest.param(encrypted_with(b"k" * 24), id="right, with AES-192"),
        pytest.param(encrypted_with(b"k" * 32), id="right, with AES-256"),
        pytest.param(wrapped_under_sha1, id="key wrapped under SHA-1"),
        pytest.param(lambda phone: phone.send(b""), id="nothing inside"),
        pytest.param(lambda phone: phone.send(b"[]"), id="a list inside"),
        pytest.param(lambda phone: phone.send(b"null"), id="null inside"),
        pytest.param(lambda phone: phone.send(b"{"), id="half an object inside"),
        pytest.param(lambda phone: phone.send(b'{"a":"\xff"}'), id="bad UTF-8 inside"),
        pytest.param(lambda phone: phone.send(b"[" * 200_000), id="deep JSON inside"),
        pytest.param(lambda phone: phone.send(b'{"a":' + b"9" * 9999 + b"}"), id="huge number"),
    ],
)
def test_what_cannot_be_decrypted_is_one_error_that_does_not_say_why(
    keyring: Keyring, phone: Phone, spoiled: Spoiled
) -> None:
    with pytest.raises(Undecryptable) as caught:
        keyring.open(spoiled(phone))
    assert (str(caught.value), caught.value.args) == (Undecryptable.__doc__, ())
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", ["!", "abc", "áéí", "YWJj\n", "-_-_", " ", "\ud800"])
def test_a_part_that_is_not_base64_cannot_be_decrypted(
    keyring: Keyring, phone: Phone, name: str, part: str
) -> None:
    envelope = json.loads(phone.send(PLAIN)) | {name: part}
    with pytest.raises(Undecryptable):
        keyring.open(json.dumps(envelope).encode())


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b" ", b"null", b"[]", b'"text"', b"{}", b"{", b"\xff\xfe", b"\0" * 8),
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
    ],
)
def test_a_body_that_is_no_envelope_is_malformed(keyring: Keyring, body: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        keyring.open(body)
    assert (str(caught.value), caught.value.__cause__) == (Malformed.__doc__, None)


def test_a_body_larger_than_any_payload_is_not_even_parsed(keyring: Keyring, phone: Phone) -> None:
    body = phone.send(PLAIN)
    at_most = body + b" " * (1536 * 1024 - len(body))
    assert keyring.open(at_most).request == {"action": "ping"}
    with pytest.raises(Malformed):
        keyring.open(at_most + b" ")


@pytest.mark.parametrize("name", NAMES)
def test_base64_with_anything_between_is_not_cleaned_up(
    keyring: Keyring, phone: Phone, name: str
) -> None:
    envelope = json.loads(phone.send(PLAIN))
    envelope[name] = f"{envelope[name][:4]}\n{envelope[name][4:]}"
    with pytest.raises(Undecryptable):
        keyring.open(json.dumps(envelope).encode())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", [None, 1, True, [], {}, ["YWJj"]])
def test_an_envelope_with_a_part_of_another_type_is_malformed(
    keyring: Keyring, phone: Phone, name: str, part: Any
) -> None:
    envelope = json.loads(phone.send(PLAIN)) | {name: part}
    with pytest.raises(Malformed):
        keyring.open(json.dumps(envelope).encode())


@pytest.mark.parametrize("name", NAMES)
def test_an_envelope_without_a_part_is_malformed(keyring: Keyring, phone: Phone, name: str) -> None:
    envelope = json.loads(phone.send(PLAIN))
    del envelope[name]
    with pytest.raises(Malformed):
        keyring.open(json.dumps(envelope).encode())


def test_a_payload_of_one_megabyte_is_opened(keyring: Keyring, phone: Phone) -> None:
    request = {"data": "x" * (1024 * 1024 - 20)}
    assert keyring.open(phone.ask(request)).request == request


base64_texts = st.binary(max_size=300).map(lambda data: base64.b64encode(data).decode())
envelopes = st.fixed_dictionaries({name: st.text() | base64_texts for name in NAMES})


@given(body=st.binary(max_size=400) | envelopes.map(lambda parts: json.dumps(parts).encode()))
@settings(max_examples=300)
def test_no_bytes_at_all_raise_anything_else(keyring: Keyring, body: bytes) -> None:
    with pytest.raises((Malformed, Undecryptable)):
        keyring.open(body)


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_single_changed_byte_passes(
    keyring: Keyring, current_key: rsa.RSAPrivateKey, data: st.DataObject
) -> None:
    phone = Phone(current_key.public_key())
    parts = [phone.sealed(PLAIN), phone.wrapped(), phone.iv]
    which = data.draw(st.integers(0, 2))
    place = data.draw(st.integers(0, len(parts[which]) - 1))
    parts[which] = flipped(parts[which], place)
    with pytest.raises(Undecryptable):
        keyring.open(phone.post(*parts))
