"""Calls to the bank of tests: plain HTTP, never repeated, without a proxy of the environment."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from openfinance.providers.brasil.transport import Answer
from openfinance.providers.errors import ProviderError, Reason

_INTERACTION_ID = "x-fapi-interaction-id"


@dataclass(eq=False, slots=True, kw_only=True)
class Conversation:
    """The calls of one operation, each with an interaction id of its own, which it keeps.

    Timeouts are in seconds: to connect, and for the next bytes.
    """

    session: requests.Session
    timeouts: tuple[float, float]
    _ids: list[str] = field(default_factory=list)

    @property
    def interaction_ids(self) -> tuple[str, ...]:
        """Return the ids of the calls so far, in their order, those that the bank made included."""
        return tuple(self._ids)

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Make one call and return the answer, whatever its status.

        Raises ProviderError: BANK_DOWN when there was no connection, else NO_ANSWER.
        """
        self._ids.append(str(uuid.uuid4()))
        told = {"Accept": "application/json", _INTERACTION_ID: self._ids[-1], **(headers or {})}
        try:
            response = self.session.request(
                method,
                url,
                headers=told,
                data=body,
                timeout=self.timeouts,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            reason = Reason.BANK_DOWN if _is_unsent(error) else Reason.NO_ANSWER
            details = f"no answer: {type(error).__name__}"
        else:
            interaction_id = response.headers.get(_INTERACTION_ID)
            # The bank that misses ours makes one of its own, which is then the one to name to it.
            if interaction_id and interaction_id != self._ids[-1]:
                self._ids.append(interaction_id)
            return Answer(
                status=response.status_code, body=response.content, interaction_id=interaction_id
            )
        # Raised out here, the error has no cause: the frames of that one hold the credentials.
        raise ProviderError(reason=reason, details=details)


def _is_unsent(error: requests.RequestException) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(error, requests.ConnectTimeout) or (
        isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    )
