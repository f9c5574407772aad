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


class Unavailable(WhatsAppError):
    """Nothing leaves our number until staff act, so nothing is tried."""

    code = "whatsapp_unavailable"


class AccountNotConfigured(NotConfigured):
    """There is no access token, or no id of the WhatsApp Business account."""


class TemplateUnavailable(WhatsAppError):
    """The approved template that the message needs cannot be sent"""

    code = "whatsapp_template_unavailable"

    def __init__(self, *, name: str, state: str) -> None:
        """Take the template's name and its MessageTemplate.Status."""
        super().__init__()
        self.name = name
        self.state = state

    def __str__(self) -> str:
        return f"{super().__str__()}: {self.name} is {self.state}"


class CodeRefused(WhatsAppError):
    """The code is not sent, or not taken."""

    code = "code_refused"


class TooManyCodes(CodeRefused):
    """Too many codes were asked for"""

    code = "too_many_codes"

    def __init__(self, *, retry_after: int) -> None:
        """Take the whole seconds after which a code may be asked for again."""
        super().__init__()
        self.retry_after = retry_after


class WrongCode(CodeRefused):
    """The code is not the one that was sent"""

    code = "wrong_code"

    def __init__(self, *, tries_left: int) -> None:
        """Take how often another one may be tried; 0 ends the code."""
        super().__init__()
        self.tries_left = tries_left


class CodeExpired(CodeRefused):
    """There is no code to try any more: it is too old, used, replaced, or was tried too often"""

    code = "code_expired"
