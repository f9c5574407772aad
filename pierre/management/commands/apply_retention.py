from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from pierre.privacy import retention


class Command(BaseCommand):
    help = "Remove what was kept for as long as it may be; a job does it every night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only show what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        found = retention.find() if options["dry_run"] else retention.apply()
        for one in found:
            days = one.rule.keep.days if one.rule.keep else None
            kept = f"{days} days" if days else "to its own end"
            oldest = f", the oldest of {timezone.localdate(one.oldest)}" if one.oldest else ""
            label = one.rule.model._meta.label
            self.stdout.write(f"{label} ({one.rule.age}, kept {kept}): {one.count}{oldest}")
        verb = "would go" if options["dry_run"] else "are gone"
        self.stdout.write(f"{sum(one.count for one in found)} rows {verb}.")
