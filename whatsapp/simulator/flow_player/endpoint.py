"""What a phone asks of a Flow's data endpoint, and what it makes of the answer."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import requests
from django.conf import settings
from django.db import connection

from whatsapp.simulator.flow_player import encryption
from whatsapp.simulator.flow_player.encryption import Envelope
from whatsapp.simulator.flow_player.exceptions import NoAnswer, TokenEnded

# A phone waits no longer, and shows that something went wrong.
_TIMEOUT = 10.0
# Meta's own, beside the statuses that HTTP knows.
_TOKEN_ENDED = 427


@dataclass(slots=True, kw_only=True)
class Line:
    """A phone's line to the endpoint at `url`.

    `public_key` is the business's, in PEM, as the phone knows it; `fetch_key` returns the one that
    holds now. The phone fetches only when the endpoint cannot read what it sent.
    """

    url: str
    public_key: str = field(repr=False)
    fetch_key: Callable[[], str]

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request and return the decrypted answer. Raises NoAnswer and TokenEnded."""
        envelope, answer = self._post(request)
        if answer.status_code == HTTPStatus.MISDIRECTED_REQUEST:
            self.public_key = self.fetch_key()
            envelope, answer = self._post(request)
        if answer.status_code == _TOKEN_ENDED:
            raise TokenEnded(str(envelope.open(answer.text).get("error_msg", "")))
        if answer.status_code != HTTPStatus.OK:
            raise NoAnswer(f"HTTP {answer.status_code}")
        return envelope.open(answer.text)

    def _post(self, request: Mapping[str, Any]) -> tuple[Envelope, requests.Response]:
        envelope = encryption.seal(request, public_key_pem=self.public_key)
        secret = settings.SIMULATOR["APP_SECRET"].encode()
        signature = hmac.new(secret, envelope.body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        # The endpoint may be slow: others get the database connection meanwhile.
        connection.close()
        with requests.Session() as session:
            session.trust_env = False
            try:
                answer = session.post(
                    self.url,
                    data=envelope.body,
                    headers=headers,
                    timeout=_TIMEOUT,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                raise NoAnswer(type(error).__name__) from error
        return envelope, answer
