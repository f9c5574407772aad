from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import api_keys, durations
from accounts.models import User


class Command(BaseCommand):
    help = "Create an API key for a user. The key alone goes to standard output, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="what the key is for")
        parser.add_argument("--expires-in", type=_time, metavar="TIME", help="90d, 12h, 30m")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["email"])
        except User.DoesNotExist:
            raise CommandError(f"There is no user {options['email']}.") from None
        lasts: timedelta | None = options["expires_in"]
        expires_at = timezone.now() + lasts if lasts else None
        key, secret = api_keys.issue(user=user, name=options["name"], expires_at=expires_at)
        self.stderr.write(f"Key {key} of {user.email}. It is shown this once.")
        self.stdout.write(secret)


def _time(text: str) -> timedelta:
    try:
        return durations.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
