"""Why a person's data cannot be erased."""


class ErasureError(Exception):
    """The data cannot be erased."""

    code = "erasure_error"

    def __str__(self) -> str:
        return self.__doc__ or self.code


class StaffAccount(ErasureError):
    """Somebody of the staff is erased only after their access to the admin has ended"""

    code = "staff_account"


class NotRequested(ErasureError):
    """Nobody asked for the data of this user to be erased"""

    code = "not_requested"
