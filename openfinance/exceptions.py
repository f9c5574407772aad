"""Why a flow cannot be started. The docstring is the message an integrator reads."""


class FlowError(Exception):
    """The flow cannot be started."""

    code = "flow_error"

    def __str__(self) -> str:
        return self.__doc__ or self.code


class InactiveSubscription(FlowError):
    """The user has no active subscription"""

    code = "inactive_subscription"


class PhoneMissing(FlowError):
    """User phone number is required for WhatsApp operations"""

    code = "phone_missing"


class PhoneNotVerified(FlowError):
    """The user's phone number is not verified"""

    code = "phone_not_verified"


class PhoneUnusable(FlowError):
    """The user's phone number cannot receive WhatsApp messages"""

    code = "phone_unusable"


class OptedOut(FlowError):
    """The user asked not to receive WhatsApp messages"""

    code = "opted_out"


class AccountClosed(FlowError):
    """The user's account is closed"""

    code = "account_closed"


class TooManyMessages(FlowError):
    """The user reached the limit of messages"""

    code = "rate_limited"

    def __init__(self, *, retry_after: int) -> None:
        """Take the whole seconds after which a message may be sent again."""
        super().__init__()
        self.retry_after = retry_after
