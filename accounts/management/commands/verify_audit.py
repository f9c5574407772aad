from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import encryption
from accounts.models import User
from accounts.trail import reading, seal_files
from accounts.trail.problems import Counts


class Command(BaseCommand):
    help = (
        "Verify the audit: whether events were altered, deleted, inserted, truncated or re-chained,"
        " and which is the first. Ends with 1 when anything is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", metavar="EMAIL|ID", help="this user's chain alone")
        parser.add_argument(
            "--seals",
            type=Path,
            metavar="FILE",
            help="the seals that were kept elsewhere, which nobody with the key could write anew",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        owner = _pk(options["user"]) if options["user"] else None
        counts, wrong = Counts(), 0
        try:
            for problem in reading.verify(counts=counts, owner=owner, seals_file=options["seals"]):
                wrong += 1
                self.stdout.write(str(problem))
        except (encryption.UnusableKeys, seal_files.UnreadableFile) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Read {counts.events} events of {counts.chains} chains, {counts.unplaced} of them"
            f" without their address, and {counts.seals} seals."
        )
        if wrong:
            raise CommandError(f"Problems: {wrong}.")
        if owner and not (counts.chains or User.objects.filter(pk=owner).exists()):
            raise CommandError(f"There is no user {owner}.")
        self.stdout.write("Nothing is wrong.")


def _pk(named: str) -> int:
    if named.isascii() and named.isdigit():
        return int(named)
    try:
        return User.objects.get_by_natural_key(named).pk
    except User.DoesNotExist:
        raise CommandError(f"There is no user {named}.") from None
