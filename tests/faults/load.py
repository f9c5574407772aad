"""People and integrators who go on as if nothing happened, whatever is killed meanwhile."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from pierre.local.expectations import PATH

_TIMEOUT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a key for the endpoint and a phone in the simulator."""

    key: str
    phone: str


@dataclass(kw_only=True)
class Crowd:
    """Calls the endpoint and taps what arrives, from several threads, until told to stop.

    `answers` counts what the endpoint said ("lost" for no answer), `taps` what people did.
    """

    base_url: str
    simulator_url: str
    people: list[Person]
    answers: Counter[str] = field(default_factory=Counter)
    taps: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self, threads: int) -> ThreadPoolExecutor:
        """Start; the executor returned has ended some seconds after `stop`."""
        pool = ThreadPoolExecutor(threads)
        for number in range(threads):
            pool.submit(self._live, random.Random(number))
        return pool

    def stop(self) -> None:
        """Let everybody finish what they are doing."""
        self._stop.set()

    def _live(self, chance: random.Random) -> None:
        with requests.Session() as session:
            while not self._stop.wait(chance.uniform(0, 0.2)):
                person = chance.choice(self.people)
                if chance.random() < 0.5:
                    self._call(session, person)
                else:
                    self._tap(session, person, chance)

    def _call(self, session: requests.Session, person: Person) -> None:
        headers = {"Authorization": f"Bearer {person.key}"}
        try:
            answer = session.get(self.base_url + PATH, headers=headers, timeout=_TIMEOUT)
            self.answers[answer.json().get("type", str(answer.status_code))] += 1
        except requests.RequestException:
            self.answers["lost"] += 1

    def _tap(self, session: requests.Session, person: Person, chance: random.Random) -> None:
        try:
            found = session.get(
                f"{self.simulator_url}messages", params={"phone": person.phone}, timeout=_TIMEOUT
            ).json()["messages"]
            choices = [act for message in found for act in _acts(message)]
            if not choices:
                return
            act = chance.choice(choices)
            done = session.post(
                f"{self.simulator_url}acts", json={"phone": person.phone, **act}, timeout=_TIMEOUT
            )
            self.taps[str(done.status_code)] += 1
        except requests.RequestException:
            self.taps["lost"] += 1


def _acts(message: dict[str, Any]) -> list[dict[str, object]]:
    """Return what a person may do with a message: pick a row, press a button."""
    payload = message["payload"]
    if payload["type"] == "template":
        buttons = [part for part in payload["template"]["components"] if part["type"] == "button"]
        return [
            {"act": "template_button", "wamid": message["wamid"], "index": int(button["index"])}
            for button in buttons
            if button["sub_type"] == "quick_reply"
        ]
    if payload.get("interactive", {}).get("type") == "list":
        sections = payload["interactive"]["action"]["sections"]
        return [
            {"act": "row", "wamid": message["wamid"], "id": row["id"]}
            for section in sections
            for row in section["rows"]
        ]
    return []
