from typing import Any

from django.core.management.base import BaseCommand

from openfinance.sandbox_bank import catalogue


class Command(BaseCommand):
    help = "Let the bank of tests play the banks that no provider serves."

    def handle(self, *args: Any, **options: Any) -> None:
        for slug in catalogue.play():
            self.stdout.write(f"sandbox  {slug}")
