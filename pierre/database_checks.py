"""What is missing at Meta, as far as our rows tell: `manage.py check --database default`."""

from collections.abc import Iterator, Sequence

from django.apps import AppConfig
from django.core import checks
from django.core.checks import CheckMessage
from django.db import connection

from openfinance import message_templates
from whatsapp import approved_templates, flow_keys, native_flows
from whatsapp.models import MessageTemplate, NativeFlow


@checks.register(checks.Tags.database)
def approvals(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: object,
) -> Iterator[CheckMessage]:
    """Find templates that cannot be sent, and a WhatsApp Flow with keys but not published."""
    if "default" not in (databases or ()) or not _are_migrated():
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


def _are_migrated() -> bool:
    """Tell whether the tables exist: `migrate` itself runs these checks, before it makes them."""
    needed = {model._meta.db_table for model in (MessageTemplate, NativeFlow)}
    return needed <= set(connection.introspection.table_names())
