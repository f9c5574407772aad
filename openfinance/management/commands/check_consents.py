from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from openfinance import checks
from openfinance.models import Consent


class Command(BaseCommand):
    help = "Let workers ask the banks now how the open consents stand, rather than in hours."

    def handle(self, *args: Any, **options: Any) -> None:
        Consent.objects.open().update(check_due_at=timezone.now())
        count = 0
        while due := checks.check():
            count += due
        self.stdout.write(f"{count} consents are asked about")
