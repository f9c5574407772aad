from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from openfinance import catalogue, registry


class Command(BaseCommand):
    help = "Bring the banks up to date with the registry's data file; staff's edits are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument(
            "--file", type=Path, default=registry.SHIPPED, help="instead of the shipped data file"
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = catalogue.sync(path=options["file"], dry_run=options["dry_run"])
        except registry.InvalidRegistry as error:
            raise CommandError(str(error)) from error
        self._report(report)
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was written.")

    def _report(self, report: catalogue.Report) -> None:
        for slug in report.created:
            self.stdout.write(f"created  {slug}")
        for change in report.changes:
            self.stdout.write(
                f"updated  {change.slug}: {change.field} {change.old!r} -> {change.new!r}"
            )
        for slug in report.absent:
            self.stdout.write(f"absent   {slug}: not in the file, left as it is")
        self.stdout.write(
            f"{len(report.created)} created, {len(report.updated)} updated,"
            f" {len(report.unchanged)} unchanged, {len(report.absent)} absent"
        )
