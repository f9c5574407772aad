"""Our WhatsApp Business account at Meta, which has the templates, the Flows and the number."""

from django.conf import settings

from whatsapp import exceptions
from whatsapp.providers.management import Management

_SHARED = ("access_token", "phone_number_id", "graph_url", "version", "trust_env", "ca_bundle")


def connect() -> Management:
    """Return the management API of the account in settings; raise AccountNotConfigured."""
    options = {name: settings.WHATSAPP["OPTIONS"][name] for name in _SHARED}
    account_id = settings.WHATSAPP_BUSINESS_ACCOUNT_ID
    if not (account_id and options["access_token"] and options["phone_number_id"]):
        raise exceptions.AccountNotConfigured
    return Management(account_id=account_id, **options)
