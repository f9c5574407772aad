import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from openfinance import message_templates
from whatsapp import business_account, exceptions, template_sync
from whatsapp.models import MessageTemplate
from whatsapp.providers.management import ManagementError
from whatsapp.template_definitions import Definition

_HEADINGS = ("TEMPLATE", "ASKED", "AT META", "STATUS", "DONE", "REASON")


class Command(BaseCommand):
    help = "Create and edit our templates at Meta, and store what Meta makes of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument(
            "--yes", action="store_true", help="do not ask before an approved one is edited"
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with business_account.connect() as client:
                results = template_sync.sync(
                    client,
                    message_templates.definitions(),
                    may_edit=_yes if options["yes"] else _ask,
                    dry_run=options["dry_run"],
                )
        except (exceptions.AccountNotConfigured, ManagementError) as error:
            raise CommandError(str(error)) from error
        self._print_table(results)
        for result in results:
            if result.is_recategorised:
                self.stdout.write(
                    f"Meta has {result.row.name} as {result.row.category}, not as"
                    f" {result.definition.category}: it costs what that costs."
                )
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was changed.")
        elif any(result.row.status != MessageTemplate.Status.APPROVED for result in results):
            self.stdout.write("Only an approved template can be sent.")
            sys.exit(1)

    def _print_table(self, results: list[template_sync.Result]) -> None:
        table = [_HEADINGS, *(_cells(result) for result in results)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for cells in table:
            line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            self.stdout.write(line.rstrip())


def _cells(result: template_sync.Result) -> tuple[str, ...]:
    row = result.row
    asked = result.definition.category
    return (row.name, asked, row.category or "-", row.status, result.step, row.reason)


def _yes(definition: Definition) -> bool:
    return True


def _ask(definition: Definition) -> bool:
    question = (
        f"{definition.name} is approved, and differs from ours."
        " Edit it? Meta reviews it again, and it is not sent meanwhile. [y/N] "
    )
    try:
        return input(question).strip().lower() in {"y", "yes"}
    except EOFError:  # nobody is there to be asked
        return False
