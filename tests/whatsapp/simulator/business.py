"""The business that the simulator tells its updates to: it checks each POST as Meta asks."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import responses
from django.conf import settings
from requests import PreparedRequest

from whatsapp import updates
from whatsapp.simulator.webhooks import telling

_Answer = tuple[int, dict[str, str], str]


@dataclass(kw_only=True)
class Business:
    """What it was told, a POST after the other; `answers` are its next ones, then 200.

    `meanwhile` is done before each answer.
    """

    mock: responses.RequestsMock
    posts: list[bytes] = field(default_factory=list)
    answers: list[int | BaseException] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def __post_init__(self) -> None:
        self.mock.add_callback(
            responses.POST, settings.SIMULATOR["WEBHOOK_URL"], callback=self._answer
        )

    def told(self) -> list[updates.Update]:
        """Let the simulator tell what is due, and return it as the product reads it."""
        heard = len(self.posts)
        telling.tell_all()
        return [updates.read(piece) for body in self.posts[heard:] for piece in updates.split(body)]

    def states(self) -> list[str]:
        """Return the states of the statuses that are told now, in order."""
        return [update.state for update in self.told() if isinstance(update, updates.Status)]

    def values(self) -> list[dict[str, Any]]:
        """Return the values of all changes that were told so far."""
        entries = [entry for body in self.posts for entry in json.loads(body)["entry"]]
        return [change["value"] for entry in entries for change in entry["changes"]]

    def _answer(self, request: PreparedRequest) -> _Answer:
        body = request.body
        assert isinstance(body, bytes)
        secret = settings.SIMULATOR["APP_SECRET"].encode()
        signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
        assert request.headers["X-Hub-Signature-256"] == f"sha256={signature}"
        self.meanwhile()
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, BaseException):
            raise answer
        if answer == 200:
            self.posts.append(body)
        return answer, {}, ""
