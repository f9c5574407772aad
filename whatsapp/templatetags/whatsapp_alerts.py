from typing import Any

from django import template

from whatsapp import backlog, numbers

register = template.Library()


@register.inclusion_tag("admin/whatsapp/alerts.html")
def whatsapp_alerts() -> dict[str, Any]:
    """Show what waits for staff: a number that does not send, and what workers gave up."""
    return {"number": numbers.held(), "waiting": backlog.measure()}
