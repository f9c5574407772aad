from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Q
from django.utils import timezone

from accounts.management import named
from accounts.models import ApiKey

_ROW = "{:<8} {:<13}  {:<4}  {:<11}  {:<16}  {:<16}  {:<16}  {}"


class Command(BaseCommand):
    help = "List API keys, masked, newest first: those that open the API, or with --all every one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", metavar="EMAIL", help="those of this user")
        parser.add_argument("--all", action="store_true", help="also those that ended")

    def handle(self, *args: Any, **options: Any) -> None:
        whose = Q(user=named.user(options["user"])) if options["user"] else Q()
        keys = ApiKey.objects.all() if options["all"] else ApiKey.objects.live()
        heads = ("ID", "KEY", "MODE", "STATE", "MADE", "EXPIRES", "LAST USED", "USER, NAME")
        self.stdout.write(_ROW.format(*heads))
        for key in keys.filter(whose).select_related("user").iterator():
            times = (_time(at) for at in (key.created_at, key.expires_at, key.last_used_at))
            whose_it_is = ", ".join(filter(None, (key.user.email, _printable(key.name))))
            self.stdout.write(
                _ROW.format(key.pk, str(key), key.mode, key.state(), *times, whose_it_is)
            )


def _printable(name: str) -> str:
    """Return a name, which its person typed, so that it writes nothing else on the terminal."""
    return "".join(c if c.isprintable() else " " for c in name)


def _time(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "-"
