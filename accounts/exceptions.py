"""Why something about an account cannot be done. The docstring is the message to read."""


class AccountError(Exception):
    """It cannot be done to the account."""

    code = "account_error"

    def __str__(self) -> str:
        return self.__doc__ or self.code


class SubscriptionError(AccountError):
    """The subscription cannot be changed so."""

    code = "subscription_error"


class KeyNotLive(AccountError):
    """The key was rolled or revoked, or has expired"""

    code = "key_not_live"


class AlreadySubscribed(SubscriptionError):
    """The user has a subscription that is not over"""

    code = "already_subscribed"


class IllegalMove(SubscriptionError):
    """The subscription is in a state from which this does not lead on"""

    code = "illegal_move"


class UselessPeriod(SubscriptionError):
    """The period would end before it begins, or is over already"""

    code = "useless_period"
