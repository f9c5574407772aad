from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import api_keys
from accounts.management import named


class Command(BaseCommand):
    help = "End API keys at once, in every process."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("key", nargs="?", help="its id, or as it is shown: sk-AbCdE…wXyZ")
        which.add_argument("--user", metavar="EMAIL", help="every key of this user")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["user"]:
            mine = named.user(options["user"]).api_keys.filter(revoked_at=None)
            keys = list(mine.select_related("user"))
        else:
            keys = [named.key(options["key"])]
        for key in keys:
            done = "revoked" if api_keys.revoke(key=key) else "had been revoked before"
            self.stdout.write(f"{key} of {key.user.email}: {done}")
        if not keys:
            self.stdout.write("There is no live key.")
