import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pierre import env
from pierre.local import flow_key, house, ports, stack

PATH = "/tools/api/get-open-finance-connection-flow"


class Command(BaseCommand):
    help = "Serve Pierre with its simulator on this machine until Ctrl-C."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        port = env.whole("PIERRE_PORT", 8000, least=1)
        simulator_port = env.whole("PIERRE_SIMULATOR_PORT", 8001, least=1)
        folder = settings.LOCAL_DIR
        try:
            with house.alone(folder):
                ports.require_free(port, variable="PIERRE_PORT")
                ports.require_free(simulator_port, variable="PIERRE_SIMULATOR_PORT")
                planned = stack.plan(
                    port=port,
                    simulator_port=simulator_port,
                    WHATSAPP_FLOW_PRIVATE_KEYS=str(flow_key.ensure(folder)),
                )
                self._serve(planned, folder)
        except (house.AlreadyRunning, ports.PortInUse, stack.StackError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")

    def _serve(self, planned: stack.Stack, folder: Path) -> None:
        people = house.prepare(planned)
        with stack.running(planned, log=folder / "run.log"), _published(planned, people, folder):
            house.publish(planned)
            self._greet(planned, people, folder)
            while True:
                time.sleep(0.5)
                planned.require_alive(log=folder / "run.log")

    def _greet(self, planned: stack.Stack, people: dict[str, Any], folder: Path) -> None:
        admin = people["admin"]
        self.stdout.write(
            f"Phones   {planned.simulator_url}\n"
            f"Admin    {planned.admin_url}  ({admin['email']} / {admin['password']})\n"
            f"Account  {planned.base_url}/conta  (its mails are in {folder / 'mail'})\n"
            f"Log      {folder / 'run.log'}\n\nSend each their message:\n"
        )
        for name, key in people["keys"].items():
            call = f'curl -H "Authorization: Bearer {key}" {planned.base_url}{PATH}'
            self.stdout.write(f"# {name.title()}\n{call}\n")
        self.stdout.write("\nCtrl-C stops it.")


@contextmanager
def _published(planned: stack.Stack, people: dict[str, Any], folder: Path) -> Iterator[None]:
    """Keep run.json, readable by its owner only, for as long as the servers run."""
    path = folder / "run.json"
    facts = {
        "base_url": planned.base_url,
        "simulator_url": planned.simulator_url,
        "admin_url": planned.admin_url,
        "pid": os.getpid(),
        **people,
    }
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(facts, file, indent=2)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
