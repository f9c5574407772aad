import pytest

from whatsapp.updates import is_genuine

SECRET = "test_app_secret"
BODY = b'{"object":"whatsapp_business_account","entry":[]}'
SPACED = b'{"object": "whatsapp_business_account", "entry": []}'
OF_BODY = "dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"
OF_SPACED = "56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a"
OF_BODY_WITH_OTHER_SECRET = "769b03d8c2ae6498f2d1e1f7299c0ba55448c69d741e7b0bb243d852d8a8d8c7"
# HMAC-SHA256 of BODY with an empty key.
OF_BODY_WITH_NO_SECRET = "704eb71c28bbe7c091ca5b8f9446c2bceec023435f33ff17e7fb9634d46333bc"


@pytest.mark.parametrize(
    ("body", "signature", "secret"),
    [
        (BODY, OF_BODY, SECRET),
        (SPACED, OF_SPACED, SECRET),
        (BODY, OF_BODY_WITH_OTHER_SECRET, "otro_secreto"),
    ],
)
def test_a_signature_of_metas_is_genuine(body: bytes, signature: str, secret: str) -> None:
    assert is_genuine(body, f"sha256={signature}", secrets=[secret])


def test_old_and_new_secret_are_both_good_during_a_rotation() -> None:
    secrets = ["otro_secreto", SECRET]
    assert is_genuine(BODY, f"sha256={OF_BODY}", secrets=secrets)
    assert is_genuine(BODY, f"sha256={OF_BODY_WITH_OTHER_SECRET}", secrets=secrets)


def test_the_signature_is_over_the_raw_bytes() -> None:
    assert not is_genuine(SPACED, f"sha256={OF_BODY}", secrets=[SECRET])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        OF_BODY,
        f"sha1={OF_BODY}",
        f"SHA256={OF_BODY}",
        f"sha256={OF_BODY[:-1]}",
        f"sha256={OF_BODY}0",
        f"sha256={OF_BODY[:-1]}é",
        f"sha256={OF_BODY}\n",
        f"sha256={OF_BODY[::-1]}",
    ],
)
def test_any_other_header_is_refused(header: str | None) -> None:
    assert not is_genuine(BODY, header, secrets=[SECRET])


@pytest.mark.parametrize("secrets", [[], ["another"], ["another", "one more"]])
def test_no_other_secret_is_good(secrets: list[str]) -> None:
    assert not is_genuine(BODY, f"sha256={OF_BODY}", secrets=secrets)


def test_an_empty_secret_is_good_for_nothing() -> None:
    header = f"sha256={OF_BODY_WITH_NO_SECRET}"
    assert not is_genuine(BODY, header, secrets=[""])
