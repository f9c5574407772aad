"""The ways to a bank, each real one configured when the environment has anything of it."""

from collections.abc import Mapping
from typing import Any

from pierre import env


def configured(*, return_url: str) -> dict[str, dict[str, Any]]:
    """Return the adapters as settings name them, by provider; banks send people to `return_url`.

    What is given in half is returned too: a system check says what it lacks.
    """
    providers: dict[str, dict[str, Any]] = {}
    pluggy = {
        "client_id": env.text("PLUGGY_CLIENT_ID"),
        "client_secret": env.text("PLUGGY_CLIENT_SECRET"),
        "webhook_secret": env.text("PLUGGY_WEBHOOK_SECRET"),
    }
    if any(pluggy.values()):
        with_sandbox = env.flag("PLUGGY_WITH_SANDBOX", default=False)
        options = {**pluggy, "with_sandbox": with_sandbox, "redirect_uri": return_url}
        providers["pluggy"] = {"BACKEND": "openfinance.provider_keys.pluggy", "OPTIONS": options}
    # PEM, or the path of a file of it, but for the ids.
    brasil = {
        "transport_certificate": env.text("OFB_TRANSPORT_CERTIFICATE"),
        "transport_key": env.text("OFB_TRANSPORT_KEY"),
        "signing_certificate": env.text("OFB_SIGNING_CERTIFICATE"),
        "signing_key": env.text("OFB_SIGNING_KEY"),
        "signing_key_id": env.text("OFB_SIGNING_KEY_ID"),
        "encryption_key": env.text("OFB_ENCRYPTION_KEY"),
        "encryption_key_id": env.text("OFB_ENCRYPTION_KEY_ID"),
        "previous_encryption_key": env.text("OFB_PREVIOUS_ENCRYPTION_KEY"),
        "previous_encryption_key_id": env.text("OFB_PREVIOUS_ENCRYPTION_KEY_ID"),
        "authorities": env.text("OFB_AUTHORITIES"),
    }
    if any(brasil.values()):
        providers["brasil"] = {
            "BACKEND": "openfinance.providers.brasil.BrasilProvider",
            "OPTIONS": {**brasil, "redirect_uri": return_url},
        }
    return providers


def sandbox(base_url: str, receiver: Mapping[str, str]) -> dict[str, Any]:
    """Return the way to the bank of tests, as the receiver that settings say it knows."""
    return {
        "BACKEND": "openfinance.providers.sandbox.Sandbox",
        "OPTIONS": {"base_url": base_url}
        | {name.lower(): value for name, value in receiver.items()},
    }
