"""Settings that are missing or contradict each other, each with an id and a way out."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from accounts import encryption
from whatsapp import flow_keys
from whatsapp.native_flow.exceptions import UnusableKey


def secrets(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Iterator[CheckMessage]:
    """Find secrets that production does not have."""
    for name, variable, code in (
        ("SECRET_KEY", "DJANGO_SECRET_KEY", "pierre.E001"),
        ("API_KEY_PEPPER", "API_KEY_PEPPER", "pierre.E002"),
    ):
        if not _given(name):
            yield Error(
                f"{variable} is not set.", hint=f"Set {variable} to a long random text.", id=code
            )
    if not settings.DEVELOPMENT and _given("API_KEY_PEPPER") == _given("SECRET_KEY") != "":
        yield Error(
            "API_KEY_PEPPER and DJANGO_SECRET_KEY are the same.",
            hint="Give each its own random text, so that either can be changed alone.",
            id="pierre.E003",
        )


def channel(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Iterator[CheckMessage]:
    """Find what WhatsApp needs to reach us in production, and its links to be ours alone."""
    if settings.DEVELOPMENT:
        return
    for name, code in (
        ("WHATSAPP_APP_SECRETS", "pierre.E009"),
        ("WHATSAPP_VERIFY_TOKEN", "pierre.E010"),
        ("LINK_KEY", "pierre.E012"),
    ):
        if not getattr(settings, name):
            yield Error(
                f"{name} is not set.", hint=f"Set {name}; .env.example says what it is.", id=code
            )
    if urlsplit(settings.PUBLIC_URL).scheme != "https":
        yield Error(
            "PUBLIC_URL is not an https address.",
            hint="Set PUBLIC_URL to where people reach this service: https://connect.example.com",
            id="pierre.E011",
        )
    others = {_given("SECRET_KEY"), _given("API_KEY_PEPPER"), *settings.WHATSAPP_APP_SECRETS}
    if settings.LINK_KEY and settings.LINK_KEY in others:
        yield Error(
            "LINK_KEY is the same as another secret.",
            hint="Give it its own random text, so that either can be changed alone.",
            id="pierre.E013",
        )


def mail(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Iterator[CheckMessage]:
    """Find what the links by e-mail need in production, and a way on which they could be read."""
    if settings.DEVELOPMENT:
        return
    if not (settings.EMAIL_HOST and settings.DEFAULT_FROM_EMAIL):
        yield Error(
            "EMAIL_URL or DEFAULT_FROM_EMAIL is not set: nobody could sign in by e-mail.",
            hint="Set them to a mail server and to who its mails are from.",
            id="pierre.E033",
        )
    if settings.EMAIL_HOST and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        yield checks.Warning(
            "Mails go to their server in the clear, with links that let people in.",
            hint="Start EMAIL_URL with smtp+tls:// or smtp+ssl://.",
            id="pierre.W031",
        )


def encryption_keys(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> Iterator[CheckMessage]:
    """Find keys under which nothing could be encrypted, or that everybody knows."""
    try:
        encryption.Box.of(settings.ENCRYPTION_KEYS)
    except encryption.UnusableKeys as error:
        yield Error(
            f"ENCRYPTION_KEYS: {error}",
            hint="Set it to id:key with 32 random bytes in base64; .env.example says how.",
            id="pierre.E014",
        )
    if not settings.INDEX_KEY:
        yield Error(
            "INDEX_KEY is not set.", hint="Set INDEX_KEY to a long random text.", id="pierre.E015"
        )


def flow_private_keys(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> Iterator[CheckMessage]:
    """Find keys of the WhatsApp Flow that cannot be used."""
    if not flow_keys.are_configured():
        return
    try:
        flow_keys.load()
    except UnusableKey as error:
        yield checks.Warning(
            f"WHATSAPP_FLOW_PRIVATE_KEYS: {error}",
            hint="Name readable PEM files of RSA keys of 2048 bits, and set the passphrase if any.",
            id="pierre.W004",
        )


def _given(name: str) -> str:
    try:
        return str(getattr(settings, name))
    except ImproperlyConfigured:  # what Django makes of an empty SECRET_KEY
        return ""


def hosts(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Iterator[CheckMessage]:
    """Find a service that answers for no host, or trusts a header that nobody sets."""
    if not settings.ALLOWED_HOSTS and not settings.DEBUG:
        yield Error(
            "DJANGO_ALLOWED_HOSTS is empty, so every request is refused.",
            hint="Name the hosts this service answers for, separated by commas.",
            id="pierre.E004",
        )
    if settings.SECURE_SSL_REDIRECT and not settings.TRUSTED_PROXY_COUNT:
        yield checks.Warning(
            "HTTP is redirected to HTTPS but no proxy is trusted to say which of the two it was.",
            hint="Behind a proxy that ends TLS, set TRUSTED_PROXY_COUNT to the number of proxies.",
            id="pierre.W001",
        )


def whatsapp(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Iterator[CheckMessage]:
    """Find a WhatsApp that cannot be called, or a simulator where the real one belongs."""
    options = settings.WHATSAPP["OPTIONS"]
    if not (options["access_token"] and options["phone_number_id"]):
        yield checks.Warning(
            "WhatsApp is not configured: every call answers whatsapp_not_configured.",
            hint="Set WHATSAPP_ACCESS_TOKEN and WHATSAPP_PHONE_NUMBER_ID.",
            id="pierre.W002",
        )
    if settings.DEVELOPMENT:
        return
    if urlsplit(options["graph_url"]).scheme != "https":
        yield Error(
            "WHATSAPP_GRAPH_URL is not https, so the access token would travel in the clear.",
            hint="Leave WHATSAPP_GRAPH_URL unset to use Meta's own address.",
            id="pierre.E005",
        )
    if settings.WHATSAPP_SIMULATOR:
        yield Error(
            "The WhatsApp simulator is installed in production.",
            hint="Unset WHATSAPP_SIMULATOR; it shows every message to whoever asks.",
            id="pierre.E006",
        )


def sandbox_bank(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> Iterator[CheckMessage]:
    """Find the bank of tests where people have real ones."""
    if settings.OPEN_FINANCE_SANDBOX and not settings.DEVELOPMENT:
        yield Error(
            "The bank of tests is installed in production.",
            hint="Unset OPEN_FINANCE_SANDBOX; everybody knows its one password.",
            id="pierre.E016",
        )


def staff(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Iterator[CheckMessage]:
    """Find an admin that a password alone opens."""
    if not (settings.STAFF_SECOND_FACTOR or settings.DEVELOPMENT):
        yield Error(
            "Staff sign in with a password alone.",
            hint="Unset STAFF_SECOND_FACTOR, so that a second factor is asked for.",
            id="pierre.E025",
        )


def limits(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Iterator[CheckMessage]:
    """Find limits that make no sense together."""
    if settings.FLOW_CAP_PER_DAY < settings.FLOW_CAP_PER_HOUR:
        yield Error(
            "FLOW_CAP_PER_DAY is below FLOW_CAP_PER_HOUR.",
            hint="Raise FLOW_CAP_PER_DAY or lower FLOW_CAP_PER_HOUR.",
            id="pierre.E007",
        )
    options = settings.WHATSAPP["OPTIONS"]
    if options["total_timeout"] < options["read_timeout"]:
        yield Error(
            "WHATSAPP_TOTAL_TIMEOUT is below WHATSAPP_READ_TIMEOUT.",
            hint="The total counts every read, so give it at least as long.",
            id="pierre.E008",
        )
