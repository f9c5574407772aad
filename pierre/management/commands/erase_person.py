from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from pierre.privacy import erasure, exceptions


class Command(BaseCommand):
    help = (
        "Erase a person: access ends at once, the data as soon as their banks have ended what they"
        " gave. It cannot be undone, and may run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["email"])
        except User.DoesNotExist:
            raise CommandError("There is no user with this e-mail.") from None
        if not options["yes"] and input("Type the e-mail again to erase: ") != user.email:
            raise CommandError("Nothing was erased.")
        try:
            erasure.request(user=user)
        except exceptions.ErasureError as error:
            raise CommandError(f"{error}.") from error
        self.stdout.write(f"User {user.pk} has no access any more; a worker erases their data.")
