"""Why the channel cannot be used."""


class WhatsAppError(Exception):
    """WhatsApp cannot be used."""

    code = "whatsapp_error"

    def __str__(self) -> str:
        return self.__doc__ or self.code


class NotConfigured(WhatsAppError):
    """The WhatsApp Business API has no access token or no phone-number id."""

    code = "whatsapp_not_configured"


class InsideTransaction(WhatsAppError):
    """A message is never handed over while a transaction is open: it would hold its locks."""

    code = "whatsapp_inside_transaction"
