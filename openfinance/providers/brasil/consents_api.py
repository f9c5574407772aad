"""The Consents API, version 3.3.1, as a receiver calls it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from openfinance import permissions
from openfinance.providers.brasil import answers, consent_answers, times
from openfinance.providers.brasil.transport import Answer
from openfinance.providers.errors import ProviderError, Reason
from openfinance.providers.values import BankConsent, Extension, Person

_LONGEST_ADDRESS = 100
_LONGEST_USER_AGENT = 255
_CPF = re.compile(r"[0-9]{11}")
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
_PAGE_SIZE = 25
_MOST_PAGES = 40

Json = dict[str, Any]


class Calls(Protocol):
    """The calls of one operation, each with an interaction id of its own."""

    @property
    def interaction_ids(self) -> tuple[str, ...]:
        """Return the ids of the calls so far, in their order, those that a bank made included."""

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Make one call and return the answer, whatever its status. Raises ProviderError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentsApi:
    """A bank's consents, called with a token; `url` ends in `/consents`."""

    conversation: Calls
    url: str
    access_token: str = field(repr=False)

    def create(
        self, *, names: tuple[str, ...], expires_at: datetime | None, person: Person
    ) -> BankConsent:
        """Create a consent for these permissions, until then, or without an end for None.

        What the bank would refuse with a 422 is refused here, with the same reason. The consent's
        permissions may be fewer than those asked for, never others.
        """
        _require_combination(names, person)
        data = {**_parties(person), "permissions": list(names), **_term(expires_at)}
        answer = self._call("POST", "", person=person, data=data)
        _require(answer, HTTPStatus.CREATED)
        consent = consent_answers.consent(answer)
        if not set(consent.permissions) <= set(names):
            raise answers.bad("more permissions than were asked for", answer)
        return consent

    def read(self, consent_id: str) -> BankConsent:
        """Return the consent as it is now."""
        answer = self._call("GET", _path(consent_id))
        _require(answer, HTTPStatus.OK)
        return consent_answers.consent(answer, of=consent_id)

    def delete(self, consent_id: str) -> None:
        """End the consent; one that has ended, or that the bank does not know, counts as ended."""
        answer = self._call("DELETE", _path(consent_id))
        has_ended = (
            answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
            and answers.api_code(answer) == answers.ALREADY_ENDED
        )
        if not has_ended and answer.status != HTTPStatus.NOT_FOUND:
            _require(answer, HTTPStatus.NO_CONTENT)

    def extend(
        self, consent_id: str, *, expires_at: datetime | None, person: Person
    ) -> BankConsent:
        """Give the consent a longer term, or one without an end for None.

        The token must be the person's own; so must the address and the user agent, which the bank
        requires. A bank answers 403 to anybody else.
        """
        if not person.ip or not _user_agent(person):
            raise ProviderError(reason=Reason.REQUEST_REFUSED, details="nobody is there")
        data = {**_parties(person), **_term(expires_at)}
        answer = self._call("POST", f"{_path(consent_id)}/extends", person=person, data=data)
        if answer.status == HTTPStatus.FORBIDDEN:
            raise ProviderError(reason=Reason.NOT_EXTENDABLE, http_status=answer.status)
        _require(answer, HTTPStatus.CREATED)
        return consent_answers.consent(answer, of=consent_id)

    def extensions(self, consent_id: str) -> tuple[Extension, ...]:
        """Return every extension of the consent, the newest first."""
        found: list[Extension] = []
        for page in range(1, _MOST_PAGES + 1):
            query = urlencode({"page": page, "page-size": _PAGE_SIZE})
            answer = self._call("GET", f"{_path(consent_id)}/extensions?{query}")
            _require(answer, HTTPStatus.OK)
            extensions, pages = consent_answers.extensions(answer)
            found += extensions
            if page >= pages:
                break
        return tuple(sorted(found, key=lambda extension: extension.requested_at, reverse=True))

    def _call(
        self, method: str, path: str, *, person: Person | None = None, data: Json | None = None
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.access_token}", **_about(person)}
        body = None
        if data is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps({"data": data}).encode()
        return self.conversation.call(method, f"{self.url}{path}", headers=headers, body=body)


def _path(consent_id: str) -> str:
    if not consent_answers.is_id(consent_id):
        raise ProviderError(reason=Reason.CONSENT_UNKNOWN, details="not the id of a consent")
    # The ids may hold `/`, `?`, `#` and `%`.
    return f"/{quote(consent_id, safe='')}"


def _require(answer: Answer, status: HTTPStatus) -> None:
    if answer.status != status:
        raise answers.refusal(answer)


def _require_combination(names: tuple[str, ...], person: Person) -> None:
    has_business = any(name.startswith("CUSTOMERS_BUSINESS_") for name in names)
    if has_business and any(name.startswith("CUSTOMERS_PERSONAL_") for name in names):
        raise ProviderError(reason=Reason.PERSON_AND_BUSINESS)
    if not names or permissions.stray(names) or len(set(names)) != len(names):
        raise ProviderError(reason=Reason.INCOMPLETE_GROUP)
    if has_business and person.cnpj is None:
        raise ProviderError(reason=Reason.BUSINESS_MISSING)


def _term(expires_at: datetime | None) -> Json:
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise ProviderError(reason=Reason.WRONG_TERM, details="it would be over already")
    return {} if expires_at is None else {"expirationDateTime": times.write(expires_at)}


def _parties(person: Person) -> Json:
    if not _CPF.fullmatch(person.cpf):
        raise ProviderError(reason=Reason.REQUEST_REFUSED, details="the CPF is not 11 digits")
    parties = {"loggedUser": _document("CPF", person.cpf)}
    if person.cnpj is not None:
        if not _CNPJ.fullmatch(person.cnpj):
            raise ProviderError(reason=Reason.REQUEST_REFUSED, details="the CNPJ is malformed")
        parties["businessEntity"] = _document("CNPJ", person.cnpj)
    return parties


def _document(kind: str, number: str) -> Json:
    return {"document": {"identification": number, "rel": kind}}


def _about(person: Person | None) -> dict[str, str]:
    if person is None:
        return {}
    headers = {
        "x-fapi-customer-ip-address": person.ip[:_LONGEST_ADDRESS],
        "x-customer-user-agent": _user_agent(person),
    }
    if person.logged_in_at is not None:
        headers["x-fapi-auth-date"] = times.write_auth_date(person.logged_in_at)
    return {name: value for name, value in headers.items() if value}


def _user_agent(person: Person) -> str:
    """Return what of it a header can hold, without blanks at its ends, as the bank demands."""
    text = "".join(character for character in person.user_agent if " " <= character <= "~")
    return text.strip()[:_LONGEST_USER_AGENT].strip()
