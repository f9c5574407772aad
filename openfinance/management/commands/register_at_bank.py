import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from openfinance import registrations, serving, serving_plans
from openfinance.models import Bank
from openfinance.providers import ProviderError


class Command(BaseCommand):
    help = (
        "Register this service at a bank of Open Finance Brasil, with a software statement that the"
        " directory issued in the last five minutes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bank", help="its slug")
        parser.add_argument(
            "statement",
            type=Path,
            nargs="?",
            help="the file of the statement; standard input without one",
        )
        parser.add_argument(
            "--encrypt-requests",
            action="store_true",
            help="register that request objects are encrypted too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        bank = Bank.objects.filter(slug=options["bank"]).first()
        if bank is None:
            raise CommandError(f"There is no bank {options['bank']}.")
        try:
            client_id = registrations.register(
                bank=bank,
                software_statement=_statement(options["statement"]),
                encrypts_requests=options["encrypt_requests"],
            )
        except (
            registrations.AlreadyRegistered,
            serving.NoProvider,
            serving_plans.BanksChanged,
            ProviderError,
        ) as error:
            raise CommandError(f"{bank.slug}: {error}") from error
        self.stdout.write(f"{bank.slug}: registered as {client_id}")


def _statement(path: Path | None) -> str:
    if path is None:
        return sys.stdin.read().strip()
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {error}") from error
