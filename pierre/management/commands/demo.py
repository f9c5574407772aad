import sys
from collections.abc import Iterable, Mapping
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pierre.local import (
    expectations,
    flow_key,
    house,
    journeys,
    ports,
    scratch,
    situations,
    stack,
)
from pierre.local.browser import Stuck
from pierre.local.phone import Phone, Silence


class Command(BaseCommand):
    help = "Show the main job end to end, on a database of its own, and check it."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.LOCAL_DIR
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with scratch.server_as_found(), scratch.database("demo") as name:
                planned = stack.plan(
                    port=ports.free(),
                    simulator_port=ports.free(),
                    PIERRE_DATABASE=name,
                    WHATSAPP_FLOW_PRIVATE_KEYS=str(flow_key.ensure(folder)),
                    FLOW_DEBOUNCE_SECONDS="2",
                )
                people = house.prepare(planned)
                with stack.running(planned, log=folder / "demo.log"):
                    house.publish(planned)
                    faults = sum(self._show(planned, people, name) for name in people["keys"])
                    faults += self._travel(planned, people)
        except stack.StackError as error:
            raise CommandError(str(error)) from error
        if faults:
            self.stdout.write(self.style.ERROR(f"\n{faults} differences from the contract."))
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS("\nEverything is as the contract says."))

    def _show(self, planned: stack.Stack, people: Mapping[str, Any], name: str) -> int:
        """Make one person's call twice; return how many things differ from the contract."""
        url, key = planned.base_url + expectations.PATH, people["keys"][name]
        self.stdout.write(f"\n== {name.title()}\n$ curl -i -H 'Authorization: Bearer {key}' {url}")
        answer, repeat = _call(planned, key), _call(planned, key)
        messages = _phone(planned, people, name).messages()
        self.stdout.write(
            f"HTTP {answer.status_code}  X-Request-Id: {answer.headers['X-Request-Id']}"
            f"\n{answer.text}"
        )
        if not messages:
            self.stdout.write("-- the phone got nothing")
        for message in messages:
            self.stdout.write("-- the phone got, once, after two calls:")
            self._message(message)
        found = expectations.faults(
            expectations.BY_NAME[name],
            status=answer.status_code,
            body=answer.text,
            messages=messages,
        )
        if repeat.text != answer.text:
            found.append(f"the second call at once answers {repeat.text}")
        return self._faults(found)

    def _travel(self, planned: stack.Stack, people: Mapping[str, Any]) -> int:
        """Let Alice connect her banks in each of the ways there are; return how many went wrong."""
        key, phone = people["keys"]["alice"], _phone(planned, people, "alice")
        ways = journeys.Journeys(phone=phone, call=lambda: _call(planned, key).status_code)
        lived = situations.Situations(
            phone=phone,
            bank_url=f"{planned.environment['SANDBOX_BANK_URL']}/",
            connections=lambda: _call(planned, key, expectations.CONNECTIONS).json()["connections"],
            manage=planned.manage,
        )
        found: list[str] = []
        for title, way in (
            ("Alice chooses her first bank by the template's buttons", ways.by_template),
            ("and connects it", lived.onboarding),
            ("She chooses another institution by the WhatsApp Flow", ways.by_flow),
            ("and connects it", lived.another_bank),
            ("She chooses by the list", ways.by_list),
            ("She reconnects what expired", lived.reconnection),
            ("She connects in a conversation, and disconnects", lived.chatbot),
        ):
            self.stdout.write(f"\n== {title}")
            try:
                self._steps(way())
            except (journeys.Unexpected, Silence, Stuck) as error:
                found.append(f"{title}: {error}")
        return self._faults(found)

    def _steps(self, steps: Iterable[journeys.Step]) -> None:
        for step in steps:
            self.stdout.write(f"-- {step.did}")
            if step.got:
                self._message(step.got)

    def _message(self, message: Mapping[str, Any]) -> None:
        shown = message["shown"]
        for part in ("header", "body", "footer"):
            for line in shown[part].splitlines():
                self.stdout.write(f"   | {line}")
        for button in shown["buttons"]:
            address = f" → {button['value']}" if button["value"].startswith("http") else ""
            self.stdout.write(f"   [ {button['text']}{address} ]")
        for row in shown["rows"]:
            self.stdout.write(f"     ( ) {row}")

    def _faults(self, found: list[str]) -> int:
        for fault in found:
            self.stdout.write(self.style.ERROR(f"!! {fault}"))
        return len(found)


def _call(planned: stack.Stack, key: str, path: str = expectations.PATH) -> requests.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return requests.get(planned.base_url + path, headers=headers, timeout=60)


def _phone(planned: stack.Stack, people: Mapping[str, Any], name: str) -> Phone:
    return Phone(simulator_url=planned.simulator_url, number=people["phones"][name])
