"""What is named on a command line."""

from django.core.management.base import CommandError

from accounts.models import ApiKey, User


def user(email: str) -> User:
    """Return the user with an e-mail, in any case; raise CommandError when there is none."""
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        raise CommandError(f"There is no user {email}.") from None


def key(shown: str) -> ApiKey:
    """Return the key with an id, or that is shown so, with its user: sk-AbCdE or sk-AbCdE…wXyZ.

    Three dots stand for the ellipsis too. Raises CommandError unless it can only be one.
    """
    if shown.isdecimal():
        found = ApiKey.objects.filter(pk=shown)
    else:
        prefix, _, last = shown.replace("...", "…").partition("…")
        found = ApiKey.objects.filter(prefix=prefix, last_four__endswith=last)
    keys = list(found.select_related("user")[:2])
    if not keys:
        raise CommandError(f"There is no key {shown}.")
    if len(keys) > 1:
        raise CommandError(f"More than one key is shown as {shown}; add …and its end.")
    return keys[0]
