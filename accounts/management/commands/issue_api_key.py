from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts import api_keys, durations
from accounts.management import named


class Command(BaseCommand):
    help = "Create an API key for a user. The key alone goes to standard output, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="what the key is for")
        parser.add_argument(
            "--expires-in", "--expires", type=_time, metavar="TIME", help="90d, 12h, 30m"
        )
        parser.add_argument("--test", action="store_true", help="calls with it send nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        user = named.user(options["email"])
        lasts: timedelta | None = options["expires_in"]
        expires_at = timezone.now() + lasts if lasts else None
        key, secret = api_keys.issue(
            user=user, name=options["name"], expires_at=expires_at, is_test=options["test"]
        )
        self.stderr.write(f"The {key.mode} key {key} of {user.email}. It is shown this once.")
        self.stdout.write(secret)


def _time(text: str) -> timedelta:
    try:
        return durations.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
