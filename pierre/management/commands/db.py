"""Start, stop and show the PostgreSQL of this checkout."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pierre.postgres import server
from pierre.postgres.errors import PostgresError


class Command(BaseCommand):
    """Handle `manage.py db start`, `db stop` and `db status`."""

    help = "Start, stop or show the PostgreSQL that this checkout runs when DATABASE_URL is unset."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the one argument: what to do."""
        parser.add_argument("action", choices=["start", "stop", "status"])

    def handle(self, *_: str, **options: str) -> None:
        """Do it, and say what there is afterwards."""
        actions = {"start": self._start, "stop": self._stop, "status": self._status}
        try:
            actions[options["action"]]()
        except PostgresError as error:
            raise CommandError(str(error)) from error

    def _start(self) -> None:
        if settings.DATABASES["default"]["ENGINE"] != "pierre.postgres":
            raise CommandError("DATABASE_URL is set, so this checkout has no server of its own.")
        server.ensure_running(settings.LOCAL_DIR)
        self._status()

    def _stop(self) -> None:
        stopped = server.stop(settings.LOCAL_DIR)
        self.stdout.write("PostgreSQL stopped." if stopped else "PostgreSQL was not running.")

    def _status(self) -> None:
        found = server.status(settings.LOCAL_DIR)
        running = "is not running" if found.pid is None else f"runs as process {found.pid}"
        self.stdout.write(f"PostgreSQL {running}.")
        self.stdout.write(f"  socket folder  {found.address.host} (port {found.address.port})")
        self.stdout.write(f"  user           {found.address.user}")
        self.stdout.write(f"  data           {found.data}")
        self.stdout.write(f"  log            {found.log}")
