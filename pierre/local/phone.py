"""A person's phone at the simulator, as a program holds it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import requests

_TIMEOUT = 30
_LONGEST_WAIT = 30.0


class Silence(Exception):
    """The phone did not get what it waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """The phone with this number; `simulator_url` ends with a slash."""

    simulator_url: str
    number: str

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages it got, oldest first, each with `wamid`, `status` and `payload`."""
        found = requests.get(
            f"{self.simulator_url}messages", params={"phone": self.number}, timeout=_TIMEOUT
        )
        found.raise_for_status()
        return [message for message in found.json()["messages"] if not message["is_from_person"]]

    def wait_for(self, count: int) -> dict[str, Any]:
        """Return the newest message once there are so many; raise Silence when they do not come."""
        until = time.monotonic() + _LONGEST_WAIT
        while len(got := self.messages()) < count:
            if time.monotonic() > until:
                raise Silence(f"{len(got)} messages came, not {count}")
            time.sleep(0.1)
        return got[-1]

    def act(self, act: str, **facts: object) -> dict[str, Any]:
        """Do what a person does, one of the simulator's acts, and return what comes of it.

        In a conversation `say`, `row`, `button`, `template_button` and `read`; of the person
        themselves `hide_number`, `change_number`, `change_user_id` and `prefer`.
        """
        done = requests.post(
            f"{self.simulator_url}acts",
            json={"phone": self.number, "act": act, **facts},
            timeout=_TIMEOUT,
        )
        done.raise_for_status()
        answer: dict[str, Any] = done.json()
        return answer

    def open_flow(self, message: Mapping[str, Any]) -> "Screen":
        """Open the Flow of a message."""
        wamid = str(message["wamid"])
        return Screen(phone=self, wamid=wamid, shown=self.act("open_flow", wamid=wamid))


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A Flow on a phone, as it looks after a tap; `shown` is the simulator's own word for it."""

    phone: Phone
    wamid: str
    shown: Mapping[str, Any]

    @property
    def id(self) -> str | None:
        """Return the id of the screen; None before the first came, and once it is finished."""
        return self.shown.get("screen")

    @property
    def is_finished(self) -> bool:
        """Tell whether the Flow closed, and its answer was sent."""
        return bool(self.shown["is_finished"])

    def options(self, name: str) -> list[dict[str, Any]]:
        """Return what may be chosen in the part with that name."""
        (part,) = [part for part in self.shown["parts"] if part.get("name") == name]
        return list(part["data_source"])

    def tap(self, text: str, **values: object) -> "Screen":
        """Tap what shows that text, with these values in the form; raise Silence without any."""
        for part in self.shown["parts"]:
            if part["does_something"] and text in (part.get("label"), part.get("text")):
                shown = self.phone.act("flow", wamid=self.wamid, part=part["number"], values=values)
                return replace(self, shown=shown)
        raise Silence(f"Screen {self.id} has nothing to tap that says {text}")
