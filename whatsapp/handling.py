"""What each thing that Meta tells us sets off. All of it belongs to the caller's transaction."""

import logging
from typing import assert_never

from django.conf import settings

from whatsapp import contacts, deliveries, signals, updates
from whatsapp.models import Contact
from whatsapp.updates.account import AccountLevel
from whatsapp.updates.inbound import Inbound

logger = logging.getLogger(__name__)

FOREIGN = "ignored: for a number or an account that is not ours"


def ignored(update: updates.Update) -> str:
    """Return why there is nothing to do about an update; "" when there is something."""
    if _is_foreign(update):
        return FOREIGN
    match update:
        case updates.Unknown():
            return f"ignored: {update.reason}"
        case updates.ReportedFailure():
            logger.warning("Meta reports an error of its own: code %s", update.failure.code)
            return type(update).__name__
    return ""


def handle(update: updates.Update) -> tuple[str, Contact | None]:
    """Do what an update asks for; return its outcome, and whom it was about if we know them."""
    name, contact = type(update).__name__, None
    if outcome := ignored(update):
        return outcome, None
    match update:
        case Inbound():
            contact = contacts.heard(update)
            signals.message_received.send(sender=type(update), contact=contact, message=update)
        case updates.Status():
            name = deliveries.record(update)
        case updates.SystemChange():
            contact = contacts.follow(update)
        case updates.PreferenceChange():
            contact = contacts.prefer(update)
        case AccountLevel():
            signals.account_changed.send(sender=type(update), update=update)
        case updates.ReportedFailure() | updates.Unknown():
            pass  # ignored above
        case _:
            assert_never(update)
    return name, contact


def _is_foreign(update: updates.Update) -> bool:
    number = settings.WHATSAPP["OPTIONS"]["phone_number_id"]
    if update.phone_number_id not in (None, number):
        return True
    account = settings.WHATSAPP_BUSINESS_ACCOUNT_ID
    if not account or not isinstance(update, AccountLevel):
        return False
    return update.account_id not in (None, account)
