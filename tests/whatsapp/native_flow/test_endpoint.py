"""The endpoint's transport: signature, encryption, Meta's statuses, and what it says in the log."""

import gzip
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.whatsapp import hooks
from tests.whatsapp.native_flow.phone import Phone, private_pem
from whatsapp import flow_keys
from whatsapp.native_flow.encryption import LONGEST_BODY
from whatsapp.native_flow.exceptions import UnusableKey

URL = "/webhooks/whatsapp/flows"
PING = {"version": "3.0", "action": "ping"}
INIT = {"version": "3.0", "action": "INIT", "flow_token": "nobody-has-it"}


@pytest.fixture(autouse=True)
def _keys(
    tmp_path: Path, settings: Settings, current_key: rsa.RSAPrivateKey, older_key: rsa.RSAPrivateKey
) -> None:
    files = {"current.pem": current_key, "older.pem": older_key}
    for name, key in files.items():
        (tmp_path / name).write_text(private_pem(key))
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = [str(tmp_path / name) for name in files]


@pytest.fixture
def web() -> Client:
    return Client(enforce_csrf_checks=True)


def post(web: Client, body: bytes, *, secret: str = "test-app-secret", **headers: str) -> Any:
    given = {"X-Hub-Signature-256": hooks.signature(body, secret=secret)} | headers
    return web.post(URL, body, content_type="application/json", headers=given)


def test_a_health_check_is_answered_without_a_query(
    db: None, web: Client, phone: Phone, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = post(web, phone.ask(PING))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert phone.read(answer.text) == {"data": {"status": "active"}}


def test_a_phone_with_the_older_public_key_is_still_understood(
    web: Client, older_key: rsa.RSAPrivateKey
) -> None:
    phone = Phone(older_key.public_key())
    assert phone.read(post(web, phone.ask(PING)).text) == {"data": {"status": "active"}}


def test_a_key_that_is_not_ours_makes_the_phone_fetch_ours(
    web: Client, strange_key: rsa.RSAPrivateKey
) -> None:
    answer = post(web, Phone(strange_key.public_key()).ask(PING))
    assert (answer.status_code, answer.text) == (421, "Misdirected Request")


@pytest.mark.parametrize("secret", ["new-secret", "old-secret"])
def test_both_app_secrets_are_good_during_a_rotation(
    web: Client, phone: Phone, settings: Settings, secret: str
) -> None:
    settings.WHATSAPP_APP_SECRETS = ["new-secret", "old-secret"]
    assert post(web, phone.ask(PING), secret=secret).status_code == 200


@pytest.mark.parametrize("header", ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "sha256=ç"])
def test_what_meta_did_not_sign_is_refused_before_it_is_opened(
    web: Client, phone: Phone, header: str
) -> None:
    answer = post(web, phone.ask(PING), **{"X-Hub-Signature-256": header})
    assert (answer.status_code, answer.text) == (432, "Bad signature")


def test_a_signature_over_other_bytes_is_refused(web: Client, phone: Phone) -> None:
    body = phone.ask(PING)
    signature = hooks.signature(body)
    answer = post(web, body + b" ", **{"X-Hub-Signature-256": signature})
    assert answer.status_code == 432


def test_without_an_app_secret_nothing_is_genuine(
    web: Client, phone: Phone, settings: Settings
) -> None:
    settings.WHATSAPP_APP_SECRETS = []
    assert post(web, phone.ask(PING), secret="").status_code == 432


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"encrypted_flow_data":1}', b"[" * 100_000),
        b'{"encrypted_flow_data":"","encrypted_aes_key":""}',
    ],
)
def test_what_is_no_envelope_is_a_bad_request(web: Client, body: bytes) -> None:
    assert post(web, body).status_code == 400


@pytest.mark.parametrize("part", ["encrypted_flow_data", "encrypted_aes_key", "initial_vector"])
@pytest.mark.parametrize("value", ["", "AAAA", "not base64", "ç"])
def test_what_cannot_be_decrypted_makes_the_phone_try_again(
    web: Client, phone: Phone, part: str, value: str
) -> None:
    envelope = json.loads(phone.ask(PING)) | {part: value}
    assert post(web, json.dumps(envelope).encode()).status_code == 421


@pytest.mark.parametrize(
    "request_", [{}, {"action": "navigate"}, {"action": "INIT"}, INIT | {"flow_token": "a\0b"}]
)
def test_what_the_reference_does_not_describe_is_a_bad_request(
    web: Client, phone: Phone, request_: dict[str, Any]
) -> None:
    assert post(web, phone.ask(request_)).status_code == 400


def test_the_largest_body_is_read_and_a_larger_one_is_not(web: Client, phone: Phone) -> None:
    body = phone.ask(PING)
    largest = body + b" " * (LONGEST_BODY - len(body))
    assert post(web, largest).status_code == 200
    assert post(web, largest + b" ").status_code == 413


def test_what_is_compressed_is_never_opened(web: Client, phone: Phone) -> None:
    body = gzip.compress(phone.ask(PING))
    assert post(web, body, **{"Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize("verb", ["get", "head", "put", "patch", "delete", "options"])
def test_only_posts_are_answered(web: Client, verb: str) -> None:
    answer = getattr(web, verb)(URL)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_it_is_never_redirected_to_https(web: Client, phone: Phone, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert post(web, phone.ask(PING)).status_code == 200


@pytest.mark.django_db
def test_a_token_that_is_not_valid_is_told_in_words_that_the_phone_can_show(
    web: Client, phone: Phone
) -> None:
    answer = post(web, phone.ask(INIT))
    assert (answer.status_code, answer["Content-Type"]) == (427, "text/plain; charset=utf-8")
    assert set(phone.read(answer.text)) == {"error_msg"}


@pytest.mark.django_db
def test_the_signature_of_the_newer_protocol_changes_nothing(web: Client, phone: Phone) -> None:
    request = INIT | {"version": "4.0", "flow_token_signature": "a.b.c"}
    assert post(web, phone.ask(request)).status_code == 427


def test_an_error_notice_is_acknowledged_and_logged(
    web: Client, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    data = {"error": "invalid-screen-transition", "error_message": "BANKS to DONE"}
    answer = post(web, phone.ask(INIT | {"screen": "BANKS", "data": data}))
    assert phone.read(answer.text) == {"data": {"acknowledged": True}}
    assert caplog.messages == [
        "a phone could not use our answer: invalid-screen-transition on BANKS"
    ]


def test_an_error_notice_puts_nothing_of_a_person_into_the_log(
    web: Client, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    data = {"error": "Ana Souza 5511987654321", "error_message": "Ana typed nubank"}
    notice = {"action": "BACK", "flow_token": "secret-token", "screen": "Ana\n2", "data": data}
    assert post(web, phone.ask(notice)).status_code == 200
    assert caplog.messages == ["a phone could not use our answer: (unnamed) on (unnamed)"]


def test_no_refusal_puts_anything_into_the_log(
    web: Client, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for body in (b"{", phone.ask({"action": "Ana"}), phone.post(b"a", b"b", b"c")):
        post(web, body)
        post(web, body, secret="other")
    assert not [record for record in caplog.records if not record.name.startswith("django")]


def test_the_keys_are_read_once_for_the_life_of_the_process(
    web: Client, phone: Phone, tmp_path: Path
) -> None:
    assert post(web, phone.ask(PING)).status_code == 200
    (tmp_path / "current.pem").unlink()
    assert post(web, phone.ask(PING)).status_code == 200
    with pytest.raises(UnusableKey):
        flow_keys.load()


def test_keys_that_cannot_be_read_are_looked_for_again(
    web: Client, phone: Phone, tmp_path: Path, settings: Settings, current_key: rsa.RSAPrivateKey
) -> None:
    path = tmp_path / "later.pem"
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = [str(path)]
    web.raise_request_exception = False
    assert post(web, phone.ask(PING)).status_code == 500
    path.write_text(private_pem(current_key))
    assert post(web, phone.ask(PING)).status_code == 200
