"""What this app itself makes of what Meta tells of our account."""

import logging
from collections.abc import Callable

from django.dispatch import receiver
from django.utils import timezone

from whatsapp import approved_templates, native_flows, numbers, signals, updates

logger = logging.getLogger(__name__)

# Reference §5.4: of the restrictions, those that take messages from us.
_STOPS_EVERYTHING = {"RESTRICTED_CUSTOMER_INITIATED_MESSAGING"}
_STOPS_TEMPLATES = {"RESTRICTED_BIZ_INITIATED_MESSAGING", "RESTRICTED_UTILITY_TEMPLATES"}


@receiver(signals.account_changed)
def account_changed(sender: object, update: updates.Update, **kwargs: object) -> None:
    """Keep the state of our number, its templates and its Flows up to date."""
    match update:
        case updates.TemplateStatus():
            approved_templates.status_told(update)
        case updates.AccountEvent(field="template_category_update"):
            approved_templates.category_told(update)
        case updates.AccountEvent(field="flows", event="FLOW_STATUS_CHANGE"):
            native_flows.status_told(update)
        case updates.AccountUpdate():
            _account_told(update)


def _account_told(update: updates.AccountUpdate) -> None:
    told = " ".join(
        filter(None, (update.event, update.ban_state, update.violation, *update.restrictions))
    )
    logger.warning("Meta tells of our account: %s", told)
    consequence = _consequence(update, told)
    if consequence and numbers.is_news(update.at or timezone.now()):
        consequence()


def _consequence(update: updates.AccountUpdate, told: str) -> Callable[[], object] | None:
    """Return what follows for our number; None when it may go on as it does."""
    match update.event, update.ban_state:
        case ("DISABLED_UPDATE", "DISABLE") | ("ACCOUNT_DELETED" | "ACCOUNT_OFFBOARDED", _):
            return lambda: numbers.stop(reason=told)
        case ("DISABLED_UPDATE", "REINSTATE") | ("ACCOUNT_RECONNECTED", _):
            return numbers.resume
        case "ACCOUNT_RESTRICTION", _ if _STOPS_EVERYTHING & set(update.restrictions):
            return lambda: numbers.stop(reason=told)
        case "ACCOUNT_RESTRICTION", _ if _STOPS_TEMPLATES & set(update.restrictions):
            return lambda: numbers.stop_templates(reason=told)
    return None
