"""The bank of tests as a test sees it: what it was asked, what it granted, and how it fails.

The adapter's HTTP calls are carried to it in this process; this is the edge at which calls fail,
something else happens meanwhile, or our own process dies.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlsplit

import requests
import responses
from django.db.models import QuerySet
from django.test import Client
from requests import PreparedRequest

from openfinance.sandbox_bank import consents
from openfinance.sandbox_bank.models import BrandState, Consent, Token
from tests.openfinance.sandbox import world
from tests.openfinance.sandbox_bank.receiver import Receiver

Status = Consent.Status
RETURN = "https://connect.example/conectar/retorno"

_GRANTS = {"authorization_code": "token", "refresh_token": "refresh", "client_credentials": "login"}
_METHODS = {"POST": "create", "GET": "read", "DELETE": "delete"}
CALLS = (*_GRANTS.values(), *_METHODS.values())


class Killed(BaseException):
    """The process is gone: nothing after this line happens, and what was not committed did not."""


@dataclass
class Bank:
    """How the bank behaves, call by call, and what was asked of it."""

    calls: list[str] = field(default_factory=list)
    # By the name of a call: "down" answers 503; "lost" does it and breaks the line.
    faults: dict[str, str] = field(default_factory=dict)
    # A call, and whether our process dies "before" or "after" the bank has done it.
    deaths: list[tuple[str, str]] = field(default_factory=list)
    # By the name of a call: what else happens just before it.
    meanwhile: dict[str, Callable[[], object]] = field(default_factory=dict)
    # Where each trip led to, by its state.
    addresses: dict[str, str] = field(default_factory=dict)

    def open(self, mock: responses.RequestsMock) -> None:
        for method in world.METHODS:
            mock.add_callback(method, world.ANYWHERE, self._answer)

    def reset(self) -> None:
        """Forget everything."""
        Token.objects.all().delete()
        Consent.objects.all().delete()
        for known in (self.calls, self.faults, self.deaths, self.meanwhile, self.addresses):
            known.clear()

    def sends(self, url: str) -> str:
        """Remember where a person was sent; return the state of their trip."""
        (state,) = parse_qs(urlsplit(url).query)["state"]
        self.addresses[state] = url
        return state

    def approve(self, state: str) -> dict[str, str]:
        """Let the person say yes at the bank; return what they come back with."""
        return self._decide(state, "approve")

    def refuse(self, state: str) -> dict[str, str]:
        """Let the person say no."""
        return self._decide(state, "refuse")

    def leave(self, state: str) -> dict[str, str]:
        """Let the person come back without an answer, while the bank still waits for it."""
        receiver = Receiver()
        page = self._arrive(receiver, state)
        return _query(receiver.client.get(f"{page}/voltar").headers["Location"])

    def rows(self) -> QuerySet[Consent]:
        return Consent.objects.all()

    def reject(self, urn: str, code: str, by: str = "USER") -> None:
        """End a consent at the bank, for whatever reason."""
        for row in Consent.objects.exclude(status=Status.REJECTED):
            if row.urn == urn:
                assert consents.reject(row, by=Consent.RejectedBy(by), code=Consent.Code(code))

    def granted(self) -> set[str]:
        """Return the ids of what gives, or may still give, access."""
        return {row.urn for row in Consent.objects.exclude(status=Status.REJECTED)}

    def authorised(self) -> set[str]:
        return {row.urn for row in Consent.objects.filter(status=Status.AUTHORISED)}

    def loses_refresh_tokens(self) -> None:
        Token.objects.filter(kind=Token.Kind.REFRESH).delete()

    def gives_tokens_of(self, *, seconds: int) -> None:
        BrandState.objects.create(brand="nubank", token_seconds=seconds)

    def _answer(self, request: PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        name = _name(request)
        self.calls.append(name)
        if act := self.meanwhile.pop(name, None):
            act()
        if (name, "before") in self.deaths:
            raise Killed
        if self.faults.get(name) == "down":
            return 503, {}, b""
        answer = world.answer(request)
        if (name, "after") in self.deaths:
            raise Killed
        if self.faults.get(name) == "lost":
            raise requests.ConnectionError("the line broke")
        return answer

    def _decide(self, state: str, decision: str) -> dict[str, str]:
        receiver = Receiver()
        page = self._arrive(receiver, state)
        if page.startswith(RETURN):
            return _query(page)
        receiver.identify(page)
        answer = receiver.client.post(page, {"stage": "decide", "decision": decision})
        return _query(answer.headers["Location"])

    def _arrive(self, receiver: Receiver, state: str) -> str:
        parts = urlsplit(self.addresses[state])
        client: Client = receiver.client
        answer = client.get(f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
        return str(answer.headers["Location"])


def _name(request: PreparedRequest) -> str:
    assert request.url
    if "/oauth/token" in request.url:
        body = request.body or b""
        form = dict(parse_qsl(body.decode() if isinstance(body, bytes) else body))
        return _GRANTS[form["grant_type"]]
    return _METHODS[str(request.method)]


def _query(location: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(location).query))
