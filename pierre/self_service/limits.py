"""How often somebody may ask for something, counted exactly over all processes.

When the counter cannot be reached the answer is no: what lets people in is closed in doubt.
"""

from django.conf import settings
from django.http import HttpRequest

from accounts import addresses, encryption
from pierre import rates


class TooManyTries(Exception):
    """Too much was asked for in too short a time"""

    def __init__(self, *, retry_after: int) -> None:
        """Take the whole seconds after which it may be asked for again."""
        super().__init__()
        self.retry_after = retry_after


def address(request: HttpRequest) -> None:
    """Count one try to sign in from where the request comes. Raises TooManyTries."""
    _count(request, "account-address", addresses.of(request), settings.ACCOUNT_ADDRESS_RATE)


def email(request: HttpRequest, target: str) -> None:
    """Count one link to an e-mail address, whoever's it is. Raises TooManyTries."""
    index = encryption.index(target.lower(), purpose="account-email")
    _count(request, "account-email", index, settings.ACCOUNT_EMAIL_RATE)


def keys(request: HttpRequest, user_id: int) -> None:
    """Count one new key of a person. Raises TooManyTries."""
    _count(request, "account-keys", str(user_id), settings.ACCOUNT_KEY_RATE)


def copies(request: HttpRequest, user_id: int) -> None:
    """Count one archive of a person's data. Raises TooManyTries."""
    _count(request, "account-copies", str(user_id), settings.ACCOUNT_COPY_RATE)


def _count(request: HttpRequest, group: str, value: str, rate: str) -> None:
    wait = rates.wait(request, group=group, key=lambda *_: value, rate=rate)
    if wait:
        raise TooManyTries(retry_after=wait)
