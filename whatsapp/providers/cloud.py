"""Meta's WhatsApp Cloud API."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from whatsapp.providers import answers, payloads
from whatsapp.providers.base import Accepted, NextStep, Outcome, SendError
from whatsapp.providers.transport import Endpoint, NoAnswer, NotSent

_ADDRESS = re.compile(r"\+[1-9][0-9]{6,14}|[A-Z]{2}\.[A-Za-z0-9.]{1,136}")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_LONGEST_CALLBACK_DATA = 512


@dataclass(eq=False, kw_only=True)
class CloudProvider:
    """Sends through one business number of the Cloud API.

    Make one per process and share it between threads: it keeps its connections alive. It never
    repeats a request, follows no redirect, and uses the environment's proxies only with
    `trust_env`. Timeouts are in seconds: to connect, for the next bytes, for the whole answer.
    `ca_bundle` is a path to the certificates to trust, None for those of certifi. Raises ValueError
    for an `access_token` that no header can hold.
    """

    access_token: str = field(repr=False)
    phone_number_id: str
    graph_url: str = "https://graph.facebook.com"
    version: str = "v26.0"
    connect_timeout: float = 3.05
    read_timeout: float = 10.0
    total_timeout: float = 20.0
    trust_env: bool = False
    pool_size: int = 128
    max_response_bytes: int = 65536
    ca_bundle: str | None = None

    def __post_init__(self) -> None:
        # requests checks it too, but quotes the token in its error.
        if not _TOKEN.fullmatch(self.access_token):
            raise ValueError("access_token is empty or has characters that no header can hold")
        path = f"{quote(self.version, safe='')}/{quote(self.phone_number_id, safe='')}/messages"
        self._endpoint = Endpoint(
            url=f"{self.graph_url.rstrip('/')}/{path}",
            headers={
                "Authorization": f"Bearer {self.access_token}",
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": "pierre-connect",
            },
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            total_timeout=self.total_timeout,
            pool_size=self.pool_size,
            max_response_bytes=self.max_response_bytes,
            trust_env=self.trust_env,
            ca_bundle=self.ca_bundle,
        )

    def send(self, *, to: str, content: dict[str, Any], callback_data: str) -> Accepted:
        """Hand one message over, once, to a phone in E.164 with its `+` or to a user id (`BR.1…`).

        Without the `+` Meta would put the business number's country before it, and write to
        somebody else: such a phone is refused here. `callback_data` is 1 to 512 characters. Raises
        SendError.
        """
        _require(_ADDRESS.fullmatch(to) is not None, "`to` is not in E.164, nor a user id")
        _require(
            0 < len(callback_data) <= _LONGEST_CALLBACK_DATA,
            "callback_data has a wrong length",
        )
        envelope = payloads.envelope(to=to, content=content, callback_data=callback_data)
        body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            answer = self._endpoint.post(body)
        except NotSent as error:
            raise SendError(
                outcome=Outcome.UNSENT, next_step=NextStep.RETRY_LATER, details=str(error)
            ) from error
        except NoAnswer as error:
            raise SendError(
                outcome=Outcome.UNKNOWN, next_step=NextStep.RECONCILE, details=str(error)
            ) from error
        return answers.read(answer, secret=self.access_token)

    def close(self) -> None:
        """Close the idle connections."""
        self._endpoint.close()


def _require(condition: bool, details: str) -> None:  # noqa: FBT001 - read as an assertion
    if not condition:
        raise SendError(outcome=Outcome.PERMANENT, next_step=NextStep.FIX_REQUEST, details=details)
