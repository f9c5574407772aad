"""Why something of a person's account cannot be done; the docstring is the message."""


class SubscriptionError(Exception):
    """The subscription cannot be changed so."""

    code = "subscription_error"

    def __str__(self) -> str:
        return self.__doc__ or self.code


class AlreadySubscribed(SubscriptionError):
    """The user has a subscription that is not over"""

    code = "already_subscribed"


class IllegalMove(SubscriptionError):
    """The subscription is in a state from which this does not lead on"""

    code = "illegal_move"


class UselessPeriod(SubscriptionError):
    """The period would end before it begins, or is over already"""

    code = "useless_period"
