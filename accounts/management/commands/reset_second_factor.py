from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import second_factor
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Take the second factor of one of the staff away, who lost it, and end their sessions."
        " They make a new one when they sign in next."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["email"])
        except User.DoesNotExist:
            raise CommandError(f"There is no user {options['email']}.") from None
        done = second_factor.reset(user=user)
        self.stdout.write("It is gone." if done else "There was none.")
