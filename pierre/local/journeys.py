"""What Alice does on her phone in the demo, and what must come of it."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from pierre.local import expectations
from pierre.local.phone import Phone

Message = Mapping[str, Any]

# Longer than the demo's debounce: another call is another wish then.
_PATIENCE = 2.5
_SETTLED = 1.0


class Unexpected(Exception):
    """Something else came of it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was done, and the message that came of it, if one did."""

    did: str
    got: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """The ways to a bank's page, each from one call; `call` makes it and returns its status."""

    phone: Phone
    call: Callable[[], int]

    def by_template(self) -> Iterator[Step]:
        """Tap a bank in the template that the call has already sent."""
        offer = self.phone.messages()[-1]
        bank = expectations.choices(offer)[0]
        self.phone.act("template_button", wamid=offer["wamid"], index=0)
        yield Step(did=f"Alice taps {bank}", got=self._link(after=1))

    def by_flow(self) -> Iterator[Step]:
        """Search a bank in the WhatsApp Flow, which her tap has made possible."""
        before, offer = yield from self._call("flow")
        screen = self.phone.open_flow(offer)
        screen = screen.tap("Buscar", query="itau")
        bank = screen.options("bank")[0]
        yield Step(did=f"Alice opens the Flow, types itau and finds {bank['title']}")
        screen = screen.tap("Continuar", bank=bank["id"], query="itau")
        screen = screen.tap("Receber o link")
        link = self._link(after=before + 1)
        if not screen.tap("Voltar à conversa").is_finished:
            raise Unexpected("the Flow does not end")
        yield Step(did="She reads the steps, asks for the link and closes the Flow", got=link)
        self._require_silence(before + 2)

    def by_list(self) -> Iterator[Step]:
        """Pick a row of the list, which goes out while Meta throttles the Flow."""
        throttled = requests.post(
            f"{self.phone.simulator_url}flows",
            json={"status": "THROTTLED"},
            timeout=10,
        )
        throttled.raise_for_status()
        yield Step(did="Meta throttles the Flow, so the list goes instead")
        time.sleep(_SETTLED)
        before, offer = yield from self._call("list")
        rows = offer["payload"]["interactive"]["action"]["sections"][0]["rows"]
        self.phone.act("row", wamid=offer["wamid"], id=rows[2]["id"])
        yield Step(did=f"Alice picks {rows[2]['title']}", got=self._link(after=before + 1))
        self._require_silence(before + 2)

    def _call(self, kind: str) -> Generator[Step, None, tuple[int, Message]]:
        time.sleep(_PATIENCE)
        before = len(self.phone.messages())
        status = self.call()
        if status != requests.codes.ok:
            raise Unexpected(f"the call answers {status}")
        offer = self.phone.wait_for(before + 1)
        if expectations.kind(offer) != kind:
            raise Unexpected(f"the phone got {expectations.kind(offer)}, not {kind}")
        yield Step(did="The integrator calls again", got=offer)
        return before, offer

    def _link(self, *, after: int) -> Message:
        link = self.phone.wait_for(after + 1)
        if expectations.kind(link) != "cta_url":
            raise Unexpected(f"the phone got {expectations.kind(link)}, not the link")
        page = requests.get(link["shown"]["buttons"][0]["value"], timeout=10)
        if page.status_code != requests.codes.ok:
            raise Unexpected(f"the bank's page answers {page.status_code}")
        return link

    def _require_silence(self, count: int) -> None:
        time.sleep(_SETTLED)
        if len(self.phone.messages()) != count:
            raise Unexpected("a message too many came")
