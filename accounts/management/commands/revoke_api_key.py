from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import api_keys
from accounts.models import ApiKey, User


class Command(BaseCommand):
    help = "End API keys at once, in every process."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("key", nargs="?", help="as it is shown: sk-AbCdE or sk-AbCdE…wXyZ")
        which.add_argument("--user", metavar="EMAIL", help="every key of this user")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = self._of_user(options["user"]) if options["user"] else [self._one(options["key"])]
        for key in keys:
            done = "revoked" if api_keys.revoke(key=key) else "had been revoked before"
            self.stdout.write(f"{key} of {key.user.email}: {done}")
        if not keys:
            self.stdout.write("There is no live key.")

    def _of_user(self, email: str) -> list[ApiKey]:
        try:
            user = User.objects.get_by_natural_key(email)
        except User.DoesNotExist:
            raise CommandError(f"There is no user {email}.") from None
        return list(user.api_keys.filter(revoked_at=None).select_related("user"))

    def _one(self, shown: str) -> ApiKey:
        prefix, _, last = shown.partition("…")
        found = ApiKey.objects.filter(prefix=prefix, last_four__endswith=last)
        keys = list(found.select_related("user")[:2])
        if not keys:
            raise CommandError(f"There is no key {shown}.")
        if len(keys) > 1:
            raise CommandError(f"More than one key is shown as {shown}; add …and its end.")
        return keys[0]
