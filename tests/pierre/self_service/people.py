"""A person in a browser, at their own pages."""

from typing import Any

from django.conf import settings
from django.test import Client

from accounts.models import PhoneVerification, SignInLink, User
from pierre.self_service import links
from whatsapp import tokens

ENTER = "/conta/entrar"


def enter(user: User) -> Client:
    """Return a browser in which the person is signed in, by a link in their mail."""
    client = Client()
    client.post(ENTER, {"email": user.email})
    answer = client.post(last_link())
    assert answer.status_code == 302, answer.text
    return client


def last_link() -> str:
    """Return the address in the last mail that was asked for."""
    return f"{ENTER}/link/{links.token(SignInLink.objects.latest('created_at'))}"


def last_code() -> str:
    """Return the digits that the last code asked for has."""
    attempt = PhoneVerification.objects.latest("sent_at")
    return tokens.derive_code(attempt.pk, key=settings.LINK_KEY)


def other(code: str) -> str:
    """Return six digits that are not these."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def age(client: Client, *, began: int = 0, seen: int = 0) -> None:
    """Let the session have begun, and its last page have been, so many seconds earlier."""
    session = client.session
    held = session["account"]
    session["account"] = {**held, "began": held["began"] - began, "seen": held["seen"] - seen}
    session.save()


def is_in(client: Client) -> bool:
    return bool(client.get("/conta").status_code == 200)


def main(page: Any) -> str:
    """Return the HTML of what a page says."""
    text: str = page.text.split("<main", 1)[1].split("</main>", 1)[0]
    return text
