from typing import Any

from django.core.management.base import BaseCommand

from whatsapp import outbox


class Command(BaseCommand):
    help = "Turn the flows whose sending process died into `unknown`; sends nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{outbox.settle()} settled as unknown")
