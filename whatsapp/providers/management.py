"""Graph's management API: what an operator sets up once, where a person waits for each answer."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import quote

import requests
from requests.auth import AuthBase

Json = dict[str, Any]

_MOST_PAGES = 100
_HIDDEN = "[…]"


class ManagementError(Exception):
    """Graph did not do what it was asked to; the text says why, and holds no token."""


class Unreachable(ManagementError):
    """No answer came, so it is not known whether it was done."""


@dataclass(kw_only=True, eq=False)
class Refused(ManagementError):
    """Graph answered an error.

    `message` is Meta's for developers, `user_message` the one for people ("" when it gives none),
    and `code` is None for an answer that is not one of Graph's.
    """

    message: str
    user_message: str = ""
    code: int | None = None
    http_status: int = 0

    def __str__(self) -> str:
        told = f"{self.message} {self.user_message}".strip()
        return f"code {self.code}, HTTP {self.http_status}: {told}"


@dataclass(eq=False, kw_only=True)
class Management:
    """The management API for one account and one of its numbers; close it, or use it with `with`.

    It never repeats a request and follows no redirect. Timeouts are in seconds. Paths are below the
    API's version: "123/flows". Each method raises Refused or Unreachable.
    """

    access_token: str = field(repr=False)
    account_id: str
    phone_number_id: str
    graph_url: str = "https://graph.facebook.com"
    version: str = "v26.0"
    connect_timeout: float = 3.05
    read_timeout: float = 60.0
    trust_env: bool = False
    ca_bundle: str | None = None

    def __post_init__(self) -> None:
        self._base = f"{self.graph_url.rstrip('/')}/{quote(self.version, safe='')}/"
        self._session = requests.Session()
        self._session.trust_env = self.trust_env
        # As `auth`, so that no .netrc of the environment takes its place.
        self._session.auth = _Bearer(self.access_token)
        self._session.headers["User-Agent"] = "pierre-connect"
        if self.ca_bundle:
            self._session.verify = self.ca_bundle

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._session.close()

    def get(self, path: str, **parameters: str) -> Json:
        """Return the object at a path."""
        return self._call("GET", path, params=parameters)

    def pages(self, path: str, **parameters: str) -> Iterator[Json]:
        """Yield the objects of a list, one page after the other.

        Pages are asked for by their cursor: the address that Graph gives for the next one carries
        the access token.
        """
        for _ in range(_MOST_PAGES):
            page = self._call("GET", path, params={**parameters, "limit": "100"})
            yield from _objects(page.get("data"))
            paging = _object(page.get("paging"))
            after = _object(paging.get("cursors")).get("after")
            if not paging.get("next") or not after:
                return
            parameters["after"] = str(after)
        raise Refused(message=f"The list has more than {_MOST_PAGES} pages.")

    def post(self, path: str, content: Mapping[str, object]) -> Json:
        """Create or change what is at a path, told as JSON."""
        return self._call("POST", path, json=content)

    def post_form(
        self, path: str, form: Mapping[str, str], *, file: tuple[str, bytes, str] | None = None
    ) -> Json:
        """Do the same, told as a form; `file` is a name, the content and its media type."""
        return self._call("POST", path, data=form, files={"file": file} if file else None)

    def _call(self, method: str, path: str, **body: Any) -> Json:
        try:
            response = self._session.request(
                method,
                self._base + quote(path),
                timeout=(self.connect_timeout, self.read_timeout),
                allow_redirects=False,
                **body,
            )
        except requests.RequestException as error:
            reason = type(error).__name__
        else:
            return self._read(response)
        # Raised out here, the error has no cause: that one's frames hold the token.
        raise Unreachable(f"Graph did not answer: {reason}")

    def _read(self, response: requests.Response) -> Json:
        try:
            content = _object(json.loads(response.content))
        except (ValueError, RecursionError):
            content = {}
        error = _object(content.get("error"))
        if response.status_code == HTTPStatus.OK and content and not error:
            return content
        raise Refused(
            message=self._safe(error.get("message") or "The answer is not one of Graph's."),
            user_message=self._safe(error.get("error_user_msg") or ""),
            code=code if isinstance(code := error.get("code"), int) else None,
            http_status=response.status_code,
        )

    def _safe(self, told: object) -> str:
        text = str(told).replace(self.access_token, _HIDDEN)
        return "".join(character if character.isprintable() else " " for character in text)


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
