"""Settings of the audit under which its trail would prove nothing."""

from collections.abc import Iterator, Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

from accounts import encryption
from accounts.trail.chain import Keys


@checks.register
def audit(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Iterator[CheckMessage]:
    """Find keys that hold no chain, and seals that go nowhere."""
    yield from _keys()
    yield from _seals()


def _keys() -> Iterator[CheckMessage]:
    try:
        Keys.of(settings.AUDIT_KEYS)
    except encryption.UnusableKeys as error:
        yield Error(
            f"AUDIT_KEYS: {error}",
            hint="Set it to id:key with 32 random bytes in base64; .env.example says how.",
            id="pierre.E030",
        )
    if not settings.DEVELOPMENT and _bare(settings.AUDIT_KEYS) & _bare(settings.ENCRYPTION_KEYS):
        yield Error(
            "AUDIT_KEYS and ENCRYPTION_KEYS have a key in common.",
            hint="Give each its own random bytes, so that who reads data cannot write the trail.",
            id="pierre.E031",
        )


def _seals() -> Iterator[CheckMessage]:
    hook = settings.AUDIT_SEAL_HOOK
    if hook:
        try:
            import_string(hook)
        except ImportError:
            yield Error(
                f"AUDIT_SEAL_HOOK names nothing that can be imported: {hook}.",
                hint="Name a callable by its dotted path, or unset it.",
                id="pierre.E032",
            )
    if not (settings.DEVELOPMENT or settings.AUDIT_SEAL_DIR or hook):
        yield checks.Warning(
            "The seals of the audit are kept in the database and the log alone.",
            hint="Set AUDIT_SEAL_DIR to a folder that is kept elsewhere, or AUDIT_SEAL_HOOK.",
            id="pierre.W030",
        )


def _bare(texts: Sequence[str]) -> set[str]:
    return {text.partition(":")[2] for text in texts}
