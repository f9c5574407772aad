"""Why a phone cannot go on with a Flow."""


class FlowError(Exception):
    """The Flow cannot go on."""

    def __str__(self) -> str:
        return ": ".join([self.__doc__ or "", *map(str, self.args)])


class NoAnswer(FlowError):
    """The endpoint gave no answer that a phone could use"""


class InvalidAnswer(FlowError):
    """The endpoint answered with a screen that the Flow JSON does not lead to from here"""


class TokenEnded(FlowError):
    """The endpoint says that this Flow's token is not valid any more"""

    def __init__(self, message: str) -> None:
        """Take what the phone shows to the person."""
        super().__init__(message)
        self.message = message


class Unplayable(FlowError):
    """The message opens no Flow that a phone could show"""


class NoSuchPart(FlowError):
    """The screen has no such component, or nothing happens when it is tapped"""


class Overtaken(FlowError):
    """Another tap came first, so this one was on a screen that is gone"""
