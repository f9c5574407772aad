"""The four situations of the contract, from the phone to the bank and back, for the demo."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from pierre.local.browser import Person
from pierre.local.journeys import Step, Unexpected
from pierre.local.phone import Phone

Message = Mapping[str, Any]

# Of the bank of tests: anybody with a CPF is its customer.
_CPF = "76109277673"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situations:
    """What Alice goes through.

    `connections` reads what integrators see of the connections, `bank_url` is the bank of tests and
    ends with a slash, and `manage` runs a command of the operator's.
    """

    phone: Phone
    bank_url: str
    connections: Callable[[], list[dict[str, Any]]]
    manage: Callable[..., str]

    def onboarding(self) -> Iterator[Step]:
        """Connect the first bank, from the link that came of the call."""
        link = self.phone.messages()[-1]
        yield from self._connect(link, expects="conectado")
        self._require_states({"active": 1})

    def another_bank(self) -> Iterator[Step]:
        """Connect a second one, from the link that came of her choice in the Flow."""
        yield from self._connect(self.phone.messages()[-1], expects="conectado")
        self._require_states({"active": 2})

    def reconnection(self) -> Iterator[Step]:
        """Renew what has expired at the bank: the connection keeps its id."""
        before = {connection["id"] for connection in self.connections()}
        newest = self._bank("consents?brand=nubank")["consents"][0]
        self._bank("acts", consent_id=newest["consent_id"], act="expire")
        count = len(self.phone.messages())
        self.manage("check_consents")
        notice = self.phone.wait_for(count + 1)
        yield Step(did="The term at Nubank is over, and we find out", got=notice)
        self.phone.act("button", wamid=notice["wamid"], id=_first_button(notice))
        link = self.phone.wait_for(count + 2)
        yield Step(did="Alice taps Renovar", got=link)
        yield from self._connect(link, expects="conectado")
        if {connection["id"] for connection in self.connections()} != before:
            raise Unexpected("the connections have other ids")
        self._require_states({"active": 2})

    def chatbot(self) -> Iterator[Step]:
        """Start a connection in a conversation, and end it as easily."""
        yield from self._say("me ajuda a conectar o santander por favor")
        yield from self._connect(self.phone.messages()[-1], expects="conectado")
        yield from self._say("desconectar santander")
        question = self.phone.messages()[-1]
        count = len(self.phone.messages())
        self.phone.act("button", wamid=question["wamid"], id=_first_button(question))
        told = self.phone.wait_for(count + 1)
        while "encerrada" not in told["shown"]["body"]:
            count += 1
            told = self.phone.wait_for(count + 1)
        yield Step(did="Alice taps Encerrar", got=told)
        self._require_states({"active": 2, "ended": 1})

    def _connect(self, link: Message, *, expects: str) -> Iterator[Step]:
        count = len(self.phone.messages())
        alice = Person(cpf=_CPF)
        heading = alice.connect(link["shown"]["buttons"][0]["value"])
        if expects not in heading:
            raise Unexpected(f"the page says {heading}")
        yield Step(did=f"She agrees, logs in at the bank, authorises, and reads: {heading}")
        yield Step(did="Back in WhatsApp", got=self.phone.wait_for(count + 1))

    def _say(self, text: str) -> Iterator[Step]:
        count = len(self.phone.messages())
        self.phone.act("say", text=text)
        yield Step(did=f"Alice writes: {text}", got=self.phone.wait_for(count + 1))

    def _bank(self, path: str, **facts: object) -> Any:
        url = f"{self.bank_url}control/{path}"
        send = requests.post if facts else requests.get
        answer = send(url, json=facts or None, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def _require_states(self, expected: Mapping[str, int]) -> None:
        states = [connection["state"] for connection in self.connections()]
        found = {state: states.count(state) for state in set(states)}
        if found != expected:
            raise Unexpected(f"integrators see {found}, not {dict(expected)}")


def _first_button(message: Message) -> str:
    return str(message["shown"]["buttons"][0]["value"])
