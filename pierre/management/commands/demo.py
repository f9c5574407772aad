import sys
from collections.abc import Mapping
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pierre.local import expectations, house, ports, scratch, stack


class Command(BaseCommand):
    help = "Show the main job end to end, on a database of its own, and check it."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.LOCAL_DIR
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with scratch.server_as_found(), scratch.database("demo") as name:
                planned = stack.plan(
                    port=ports.free(), simulator_port=ports.free(), PIERRE_DATABASE=name
                )
                people = house.prepare(planned)
                with stack.running(planned, log=folder / "demo.log"):
                    faults = sum(self._show(planned, people, name) for name in people["keys"])
        except stack.StackError as error:
            raise CommandError(str(error)) from error
        if faults:
            self.stdout.write(self.style.ERROR(f"\n{faults} differences from the contract."))
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS("\nEverything is as the contract says."))

    def _show(self, planned: stack.Stack, people: Mapping[str, Any], name: str) -> int:
        """Make one person's call twice; return how many things differ from the contract."""
        url = planned.base_url + expectations.PATH
        key = people["keys"][name]
        headers = {"Authorization": f"Bearer {key}"}
        self.stdout.write(f"\n== {name.title()}\n$ curl -i -H 'Authorization: Bearer {key}' {url}")
        answer = requests.get(url, headers=headers, timeout=60)
        repeat = requests.get(url, headers=headers, timeout=60)
        payloads = _messages(planned, people["phones"][name])
        self.stdout.write(
            f"HTTP {answer.status_code}  X-Request-Id: {answer.headers['X-Request-Id']}"
            f"\n{answer.text}"
        )
        self._phone(payloads)
        found = expectations.faults(
            expectations.BY_NAME[name],
            status=answer.status_code,
            body=answer.text,
            payloads=payloads,
        )
        if repeat.text != answer.text:
            found.append(f"the second call at once answers {repeat.text}")
        for fault in found:
            self.stdout.write(self.style.ERROR(f"!! {fault}"))
        return len(found)

    def _phone(self, payloads: list[Mapping[str, Any]]) -> None:
        if not payloads:
            self.stdout.write("-- the phone got nothing")
        for payload in payloads:
            interactive = payload["interactive"]
            self.stdout.write("-- the phone got, once, after two calls:")
            for line in interactive["body"]["text"].splitlines():
                self.stdout.write(f"   | {line}")
            if interactive["type"] == "list":
                self.stdout.write(f"   [ {interactive['action']['button']} ]")
                for title in expectations.titles(payload):
                    self.stdout.write(f"     ( ) {title}")
            else:
                button = interactive["action"]["parameters"]
                self.stdout.write(f"   [ {button['display_text']} → {button['url']} ]")


def _messages(planned: stack.Stack, phone: str) -> list[Mapping[str, Any]]:
    url = f"{planned.simulator_url}messages"
    found = requests.get(url, params={"phone": phone}, timeout=10).json()
    return [message["payload"] for message in found["messages"]]
