"""Certificates and keys from files or the environment, and when they end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from openfinance.providers.brasil import UnusablePem, certificate_ends
from tests.openfinance.brasil import pki, receiver


def test_a_file_serves_as_well_as_its_text(tmp_path: Path) -> None:
    settings: dict[str, Any] = {}
    for name, text in (
        ("transport_certificate", receiver.identity().certificate),
        ("transport_key", receiver.identity().key),
        ("signing_key", pki.pem(pki.rsa_key(receiver.SIGNING))),
    ):
        path = tmp_path / f"{name}.pem"
        path.write_text(text)
        settings[name] = str(path)
    made = receiver.provider(**settings)
    assert made.certificate_ends()[0].name == "transport_certificate"
    made.close()


def test_an_environments_line_ends_are_line_ends() -> None:
    text = receiver.identity().certificate.replace("\n", "\\n")
    assert len(certificate_ends({"transport_certificate": text})) == 1


def test_the_first_to_end_comes_first_and_every_one_of_a_chain_counts() -> None:
    long = receiver.authority().issue("long", days=900).certificate
    short = receiver.authority().issue("short", days=3).certificate
    ends = certificate_ends({"signing": long, "transport": long + short})
    assert [(end.name, end.subject) for end in ends] == [
        ("transport", "CN=short"),
        ("signing", "CN=long"),
        ("transport", "CN=long"),
    ]
    assert timedelta(days=2) < ends[0].expires_at - datetime.now(UTC) <= timedelta(days=3)


@pytest.mark.parametrize("setting", ["signing_key", "encryption_key", "previous_encryption_key"])
@pytest.mark.parametrize(
    "value",
    ["/no/such/file", "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----", "\0"],
)
def test_a_key_that_cannot_be_used_is_named_and_not_quoted(setting: str, value: str) -> None:
    with pytest.raises(ValueError, match=setting) as caught:
        receiver.provider(**{setting: value})
    assert "secret" not in str(caught.value)


def test_a_public_key_is_no_key_to_sign_with() -> None:
    public = pki.jwk(receiver.SIGNING, use="sig").as_pem(private=False).decode()
    with pytest.raises(ValueError, match="signing_key: not a private RSA key"):
        receiver.provider(signing_key=public)


def test_what_is_no_certificate_has_no_end(tmp_path: Path) -> None:
    path = tmp_path / "empty.pem"
    path.write_text("nothing")
    for value in (str(path), receiver.identity().key):
        with pytest.raises(UnusablePem, match="transport"):
            certificate_ends({"transport": value})
