"""Users who have proved that a number is theirs."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from whatsapp import updates


def of(numbers: Iterable[str]) -> list[User]:
    """Return the active users who verified any of these numbers (digits), in either form."""
    phones = [f"+{form}" for number in numbers for form in updates.variants(number)]
    if not phones:
        return []
    return list(
        User.objects.filter(phone__in=phones, phone_verified_at__isnull=False, is_active=True)
    )


def owns(user: User, *, number: str, since: datetime | None) -> bool:
    """Tell whether a verified user has this number, and verified it when it was already theirs.

    `since` is when the number passed to its present holder from another person, None if from none.
    """
    is_same = user.phone.removeprefix("+") in updates.variants(number)
    verified_at = user.phone_verified_at
    return is_same and verified_at is not None and (since is None or verified_at >= since)
