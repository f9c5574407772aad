"""Ways to the banks that are half configured, unusable, or soon without a valid certificate."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.utils import timezone
from django.utils.module_loading import import_string

from openfinance.providers.brasil import BrasilProvider, CertificateEnd

# Long enough for a new one to be issued and put in place.
_IN_TIME = timedelta(days=30)
# What each cannot do without; the variables are named after the options.
_NEEDED: Final[Mapping[str, tuple[str, Sequence[str]]]] = {
    "pluggy": ("PLUGGY_", ("client_id", "client_secret", "webhook_secret")),
    "brasil": (
        "OFB_",
        (
            "transport_certificate",
            "transport_key",
            "signing_key",
            "signing_key_id",
            "encryption_key",
            "encryption_key_id",
        ),
    ),
}


def providers(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Iterator[CheckMessage]:
    """Find what is wrong with each provider that is configured; nobody is called."""
    for name, adapter in settings.OPEN_FINANCE_PROVIDERS.items():
        missing = list(_missing(name, adapter["OPTIONS"]))
        if missing:
            yield Error(
                f"The provider {name} is half configured: {', '.join(missing)} not set.",
                hint="Set them, or unset all that begin with the same word.",
                id="pierre.E017",
            )
        else:
            yield from _usable(name, adapter)


def _missing(name: str, options: Mapping[str, Any]) -> Iterator[str]:
    prefix, needed = _NEEDED.get(name, ("", ()))
    for option in needed:
        if not options.get(option):
            yield prefix + option.upper()


def _usable(name: str, adapter: Mapping[str, Any]) -> Iterator[CheckMessage]:
    try:
        provider = import_string(adapter["BACKEND"])(**adapter["OPTIONS"])
        ends = provider.certificate_ends() if isinstance(provider, BrasilProvider) else ()
    except (ImportError, TypeError, ValueError) as error:
        yield Error(
            f"The provider {name} cannot be used: {error}",
            hint="Mend what it names; .env.example and docs/openfinance.md say what it has to be.",
            id="pierre.E018",
        )
        return
    for end in ends:
        yield from _lasting(end)


def _lasting(end: CertificateEnd) -> Iterator[CheckMessage]:
    now, day = timezone.now(), f"{end.expires_at:%Y-%m-%d}"
    what = f"OFB_{end.name.upper()} ({end.subject})"
    hint = "Have a new certificate issued by the directory, and put it in its place."
    if end.expires_at <= now:
        yield Error(f"{what} ended on {day}: banks refuse us.", hint=hint, id="pierre.E019")
    elif end.expires_at <= now + _IN_TIME:
        yield checks.Warning(f"{what} ends on {day}.", hint=hint, id="pierre.W006")
