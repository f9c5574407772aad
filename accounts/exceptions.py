"""Why something about an account cannot be done. The docstring is the message to read."""


class AccountError(Exception):
    """It cannot be done to the account."""

    code = "account_error"

    def __str__(self) -> str:
        return self.__doc__ or self.code


class KeyNotLive(AccountError):
    """The key was rolled or revoked, or has expired"""

    code = "key_not_live"
