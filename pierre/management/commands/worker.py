from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pierre import env, worker
from whatsapp.jobs import Queue


class Command(BaseCommand):
    help = "Take jobs until SIGTERM or Ctrl-C, then finish those that run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--concurrency",
            type=int,
            default=env.whole("WORKER_CONCURRENCY", 40, least=1),
            help="how many jobs at a time; each waits in a thread of its own",
        )
        parser.add_argument(
            "--queues", nargs="+", choices=[*Queue], default=[*Queue], help="all by default"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["concurrency"] < 1:
            raise CommandError("--concurrency must be at least 1.")
        worker.run(worker.Options(concurrency=options["concurrency"], queues=options["queues"]))
