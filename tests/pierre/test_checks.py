"""Each setting that is missing or contradicts another is named, with a way out."""

import base64
import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.checks import run_checks
from pytest_django import Settings

from pierre.local import stack


def options(**changes: object) -> dict[str, Any]:
    whatsapp = django_settings.WHATSAPP
    return {**whatsapp, "OPTIONS": {**whatsapp["OPTIONS"], **changes}}


def found(settings: Settings, **changes: object) -> set[str | None]:
    sound = {
        "DEVELOPMENT": False,
        "WHATSAPP_SIMULATOR": False,
        "SECRET_KEY": "a" * 60,
        "API_KEY_PEPPER": "b" * 60,
        "ALLOWED_HOSTS": ["pierre.example"],
        "TRUSTED_PROXY_COUNT": 1,
        "WHATSAPP": options(),
        "WHATSAPP_APP_SECRETS": ["c" * 32],
        "WHATSAPP_VERIFY_TOKEN": "d" * 32,
        "PUBLIC_URL": "https://pierre.example",
        "LINK_KEY": "e" * 60,
        "WHATSAPP_FLOW_PRIVATE_KEYS": [],
        "ENCRYPTION_KEYS": [f"2026:{base64.b64encode(b'f' * 32).decode()}"],
        "INDEX_KEY": "g" * 60,
        "AUDIT_KEYS": [f"2026:{base64.b64encode(b'h' * 32).decode()}"],
        "AUDIT_SEAL_DIR": "/srv/seals",
        "OPEN_FINANCE_SANDBOX": False,
        "STAFF_SECOND_FACTOR": True,
        "EMAIL_HOST": "mail.pierre.example",
        "EMAIL_USE_TLS": True,
        "DEFAULT_FROM_EMAIL": "conta@pierre.example",
    }
    for name, value in {**sound, **changes}.items():
        setattr(settings, name, value)
    messages = [message for message in run_checks() if str(message.id).startswith("pierre.")]
    assert all(message.hint for message in messages)
    return {message.id for message in messages}


def test_sound_settings_have_nothing_to_say(settings: Settings) -> None:
    assert found(settings) == set()


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("pierre.E001", {"SECRET_KEY": ""}),
        ("pierre.E002", {"API_KEY_PEPPER": ""}),
        ("pierre.E003", {"SECRET_KEY": "c" * 60, "API_KEY_PEPPER": "c" * 60}),
        ("pierre.E004", {"ALLOWED_HOSTS": []}),
        ("pierre.W001", {"SECURE_SSL_REDIRECT": True, "TRUSTED_PROXY_COUNT": 0}),
        ("pierre.W002", {"WHATSAPP": options(access_token="")}),
        ("pierre.W002", {"WHATSAPP": options(phone_number_id="")}),
        ("pierre.E005", {"WHATSAPP": options(graph_url="http://graph.example")}),
        ("pierre.E006", {"WHATSAPP_SIMULATOR": True}),
        ("pierre.E016", {"OPEN_FINANCE_SANDBOX": True}),
        ("pierre.E007", {"FLOW_CAP_PER_HOUR": 21, "FLOW_CAP_PER_DAY": 20}),
        ("pierre.E008", {"WHATSAPP": options(total_timeout=5.0, read_timeout=10.0)}),
        ("pierre.E009", {"WHATSAPP_APP_SECRETS": []}),
        ("pierre.E010", {"WHATSAPP_VERIFY_TOKEN": ""}),
        ("pierre.E014", {"ENCRYPTION_KEYS": []}),
        ("pierre.E014", {"ENCRYPTION_KEYS": ["2026:short"]}),
        ("pierre.E015", {"INDEX_KEY": ""}),
        ("pierre.E030", {"AUDIT_KEYS": []}),
        ("pierre.E030", {"AUDIT_KEYS": ["2026:short"]}),
        ("pierre.E031", {"AUDIT_KEYS": [f"a:{base64.b64encode(b'f' * 32).decode()}"]}),
        ("pierre.E032", {"AUDIT_SEAL_HOOK": "nowhere.stamp"}),
        ("pierre.W030", {"AUDIT_SEAL_DIR": ""}),
        ("pierre.E011", {"PUBLIC_URL": ""}),
        ("pierre.E011", {"PUBLIC_URL": "http://pierre.example"}),
        ("pierre.E012", {"LINK_KEY": ""}),
        ("pierre.E013", {"LINK_KEY": "a" * 60}),
        ("pierre.E013", {"LINK_KEY": "b" * 60}),
        ("pierre.E013", {"LINK_KEY": "c" * 32}),
        ("pierre.E025", {"STAFF_SECOND_FACTOR": False}),
        ("pierre.E033", {"EMAIL_HOST": ""}),
        ("pierre.E033", {"DEFAULT_FROM_EMAIL": ""}),
        ("pierre.W031", {"EMAIL_USE_TLS": False}),
        ("pierre.W004", {"WHATSAPP_FLOW_PRIVATE_KEYS": ["/nowhere/key.pem"]}),
    ],
)
def test_what_is_missing_or_contradictory_is_named(
    settings: Settings, code: str, changes: dict[str, object]
) -> None:
    assert found(settings, **changes) == {code}


def test_development_needs_none_of_what_reaches_us_from_outside(settings: Settings) -> None:
    nothing = {"WHATSAPP_APP_SECRETS": [], "WHATSAPP_VERIFY_TOKEN": "", "LINK_KEY": ""}
    assert found(settings, DEVELOPMENT=True, PUBLIC_URL="", **nothing) == set()


def test_the_example_file_names_every_variable_that_is_read() -> None:
    read = set()
    for source in (stack.ROOT / "pierre").rglob("*.py"):
        calls = re.findall(
            r'env\.(?:text|flag|whole|seconds|names|database|mail)\(\s*"([A-Z_]+)"',
            source.read_text(),
        )
        read.update(calls)
    named = set(re.findall(r"^([A-Z_]+)=", (stack.ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named == read
