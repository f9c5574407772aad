from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import encryption
from accounts.trail import deliveries, seals


class Command(BaseCommand):
    help = "Seal the audit as it is now, and tell that and all earlier seals wherever they go."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = seals.seal()
        except encryption.UnusableKeys as error:
            raise CommandError(f"AUDIT_KEYS: {error}") from error
        digest = bytes(made.digest).hex()
        self.stdout.write(f"Seal {made.number} over {made.heads} chains: {digest}")
        failed = deliveries.deliver()
        if failed:
            raise CommandError(f"Seals that were not told: {failed}. The log says why.")
