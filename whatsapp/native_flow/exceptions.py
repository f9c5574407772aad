"""Why a request of a Flow, a key or a definition cannot be used."""

from whatsapp.exceptions import WhatsAppError


class Malformed(WhatsAppError):
    """The body is not the JSON envelope of an encrypted Flow request."""

    code = "native_flow_malformed"


class Undecryptable(WhatsAppError):
    """None of our keys opens this Flow request; HTTP 421 makes the phone fetch our key again."""

    code = "native_flow_undecryptable"


class InvalidRequest(WhatsAppError):
    """The decrypted Flow request is not one that WhatsApp's reference describes."""

    code = "native_flow_invalid_request"


class TokenEnded(WhatsAppError):
    """The Flow's token is not valid (any more); HTTP 427 makes the phone close the Flow."""

    code = "native_flow_token_ended"

    def __init__(self, message: str) -> None:
        """Take what the phone shows to the person."""
        super().__init__()
        self.message = message


class UnusableKey(ValueError):
    """A private key cannot be used; keys are counted from 1, and what they hold is never told."""


class InvalidDefinition(ValueError):
    """A file is not a Flow JSON at all; the message says why."""
