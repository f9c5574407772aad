from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import api_keys
from accounts.exceptions import KeyNotLive
from accounts.management import named


class Command(BaseCommand):
    help = (
        "Put a new API key in the place of a live one, with its name, mode and lifetime."
        " The new key alone goes to standard output, this once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", help="its id, or as it is shown: sk-AbCdE…wXyZ")
        parser.add_argument(
            "--overlap",
            choices=api_keys.Overlap.values,
            required=True,
            help="how long the old key goes on: not at all, for this long, or until the new one"
            " is first used",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        old = named.key(options["key"])
        try:
            key, secret = api_keys.roll(key=old, overlap=api_keys.Overlap(options["overlap"]))
        except KeyNotLive as error:
            raise CommandError(f"{error}.") from error
        self.stderr.write(
            f"The {key.mode} key {key} of {old.user.email}, in the place of {old}."
            " It is shown this once."
        )
        self.stdout.write(secret)
