from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from pierre.privacy import export


class Command(BaseCommand):
    help = "Write everything about a person into a zip, which nobody else may read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--to", type=Path, required=True, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["email"])
        except User.DoesNotExist:
            raise CommandError("There is no user with this e-mail.") from None
        path: Path = options["to"]
        try:
            path.touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        with path.open("wb") as file:
            export.write(user=user, to=file)
        self.stdout.write(f"{path}: {path.stat().st_size} bytes")
