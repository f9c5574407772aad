"""What our rows say is missing, at Meta or in settings: `manage.py check --database default`."""

from collections.abc import Iterator, Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage
from django.db import connection
from django.db.models import Model

from openfinance import message_templates
from openfinance.models import Bank, Connection
from whatsapp import approved_templates, flow_keys, native_flows
from whatsapp.models import MessageTemplate, NativeFlow

# So many banks are named, the others counted.
_NAMED = 5


@checks.register(checks.Tags.database)
def approvals(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: object,
) -> Iterator[CheckMessage]:
    """Find templates that cannot be sent, and a WhatsApp Flow with keys but not published."""
    if "default" not in (databases or ()) or not _are_migrated(MessageTemplate, NativeFlow):
        return
    for row in approved_templates.unsendable(message_templates.NAMES):
        state = f"{row.status}: {row.reason}" if row.reason else row.status
        yield checks.Warning(
            f"The WhatsApp template {row.name} cannot be sent ({state}).",
            hint="Run sync_templates; the admin shows what Meta says of it.",
            id="pierre.W003",
        )
    if flow_keys.are_configured() and not native_flows.usable():
        yield checks.Warning(
            "The WhatsApp Flow has a key but is not published, so people get the list instead.",
            hint="Run sync_whatsapp_flow; the admin shows what Meta says of it.",
            id="pierre.W005",
        )


@checks.register(checks.Tags.database)
def served_banks(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: object,
) -> Iterator[CheckMessage]:
    """Find banks that nobody can be led to, though their rows say who does that."""
    # A bank's row names its provider since there are connections.
    if "default" not in (databases or ()) or not _are_migrated(Connection):
        return
    named = Bank.objects.active().exclude(provider="")
    lost = named.exclude(provider__in=settings.OPEN_FINANCE_PROVIDERS)
    names: dict[str, list[str]] = {}
    for provider, bank in lost.values_list("provider", "name").order_by("provider", "name"):
        names.setdefault(provider, []).append(bank)
    for provider, banks in names.items():
        some = ", ".join(banks[:_NAMED]) + (", …" if len(banks) > _NAMED else "")
        yield checks.Warning(
            f"The provider {provider} is not configured, and {len(banks)} banks name it: {some}.",
            hint="Configure it, or name another in the admin: people read that it comes soon.",
            id="pierre.W007",
        )


def _are_migrated(*models: type[Model]) -> bool:
    """Tell whether the tables exist: `migrate` itself runs these checks, before it makes them."""
    needed = {model._meta.db_table for model in models}
    return needed <= set(connection.introspection.table_names())
