from typing import Any

from django.core.management.base import BaseCommand

from pierre.privacy import register


class Command(BaseCommand):
    help = "Write the register of processing, docs/privacy.md, from what the models declare."

    def handle(self, *args: Any, **options: Any) -> None:
        register.PATH.write_text(register.text(), encoding="utf-8")
        self.stdout.write(f"{register.PATH} is written.")
