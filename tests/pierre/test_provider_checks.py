"""Each way to the banks is whole, or `manage.py check` says what it lacks."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from pytest_django import Settings

from openfinance import catalogue
from openfinance.models import Bank
from pierre.local import stack
from tests.openfinance.brasil.pki import Authority, pem, rsa_key

PLUGGY = {
    "client_id": "id",
    "client_secret": "secret",
    "webhook_secret": "hook",
    "redirect_uri": "",
}


def brasil(**changes: Any) -> dict[str, Any]:
    transport = Authority().issue("transport", days=60)
    options = {
        "transport_certificate": transport.certificate,
        "transport_key": transport.key,
        "signing_key": pem(rsa_key("signing")),
        "signing_key_id": "s1",
        "encryption_key": pem(rsa_key("encryption")),
        "encryption_key_id": "e1",
        "redirect_uri": "https://connect.example/conectar/retorno",
        **changes,
    }
    return {"BACKEND": "openfinance.providers.brasil.BrasilProvider", "OPTIONS": options}


def pluggy(**changes: Any) -> dict[str, Any]:
    return {"BACKEND": "openfinance.provider_keys.pluggy", "OPTIONS": {**PLUGGY, **changes}}


def found(settings: Settings, **providers: dict[str, Any]) -> list[CheckMessage]:
    settings.OPEN_FINANCE_PROVIDERS = providers
    mine = ("pierre.E017", "pierre.E018", "pierre.E019", "pierre.W006")
    messages = [message for message in run_checks() if message.id in mine]
    assert all(message.hint for message in messages)
    return messages


def ids(messages: list[CheckMessage]) -> list[str | None]:
    return [message.id for message in messages]


def test_whole_providers_have_nothing_to_say(settings: Settings) -> None:
    assert found(settings, pluggy=pluggy(), brasil=brasil()) == []


@pytest.mark.parametrize("option", ["client_id", "client_secret", "webhook_secret"])
def test_half_of_pluggy_is_named(settings: Settings, option: str) -> None:
    (message,) = found(settings, pluggy=pluggy(**{option: ""}))
    assert (message.id, f"PLUGGY_{option.upper()} not set" in message.msg) == ("pierre.E017", True)


@pytest.mark.parametrize(
    "option", ["transport_certificate", "signing_key", "signing_key_id", "encryption_key"]
)
def test_half_of_brasil_is_named(settings: Settings, option: str) -> None:
    (message,) = found(settings, brasil=brasil(**{option: ""}))
    assert (message.id, f"OFB_{option.upper()} not set" in message.msg) == ("pierre.E017", True)


@pytest.mark.parametrize("option", ["transport_certificate", "signing_key", "signing_certificate"])
def test_what_cannot_be_read_is_named_and_not_quoted(settings: Settings, option: str) -> None:
    (message,) = found(settings, brasil=brasil(**{option: "/nowhere/secret-name.pem"}))
    assert (message.id, option in message.msg) == ("pierre.E018", True)
    assert "secret-name" not in message.msg


@pytest.mark.parametrize(
    ("days", "expected"), [(60, []), (29, ["pierre.W006"]), (-1, ["pierre.E019"])]
)
@pytest.mark.parametrize("option", ["transport_certificate", "signing_certificate"])
def test_a_certificate_that_ends_is_told_in_time(
    settings: Settings, option: str, days: int, expected: list[str]
) -> None:
    ending = Authority().issue("transport", days=days).certificate
    messages = found(settings, brasil=brasil(**{option: ending}))
    assert ids(messages) == expected
    assert all(f"OFB_{option.upper()}" in message.msg for message in messages)


@pytest.mark.django_db
def test_banks_whose_provider_is_not_configured_are_counted(settings: Settings) -> None:
    catalogue.sync()
    Bank.objects.filter(slug__in=("nubank", "inter")).update(provider="brasil")
    Bank.objects.filter(slug="itau").update(provider="pluggy")
    settings.OPEN_FINANCE_PROVIDERS = {"pluggy": pluggy()}
    messages = [each for each in run_checks(databases=["default"]) if each.id == "pierre.W007"]
    assert [message.msg for message in messages] == [
        "The provider brasil is not configured, and 2 banks name it: Inter, Nubank."
    ]


def configured(**environment: str) -> str:
    """Return the providers, and their options that are set, of a process with this environment."""
    code = (
        "from pierre import settings as s\n"
        "for name, it in s.OPEN_FINANCE_PROVIDERS.items():\n"
        "    print(name, *sorted(key for key, value in it['OPTIONS'].items() if value))"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "OPEN_FINANCE_SANDBOX": "0", **environment},
        cwd=stack.ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout


def test_a_provider_is_there_once_one_of_its_variables_is() -> None:
    assert configured() == ""
    assert configured(PLUGGY_CLIENT_ID="x", OFB_SIGNING_KEY_ID="y") == (
        "pluggy client_id redirect_uri\nbrasil redirect_uri signing_key_id\n"
    )
