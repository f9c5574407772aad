"""What this app itself makes of what Meta tells of our account."""

from django.dispatch import receiver

from whatsapp import approved_templates, native_flows, signals, updates


@receiver(signals.account_changed)
def account_changed(sender: object, update: updates.Update, **kwargs: object) -> None:
    """Keep the state of templates and Flows up to date."""
    match update:
        case updates.TemplateStatus():
            approved_templates.status_told(update)
        case updates.AccountEvent(field="template_category_update"):
            approved_templates.category_told(update)
        case updates.AccountEvent(field="flows", event="FLOW_STATUS_CHANGE"):
            native_flows.status_told(update)
