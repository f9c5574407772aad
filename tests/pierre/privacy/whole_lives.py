"""A whole life with the service, through its own doors, and a search through all that is stored."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import responses
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import api_keys, sealed
from accounts.models import User
from openfinance import choices
from openfinance.models import (
    Access,
    Attempt,
    Bank,
    Connection,
    ConnectionLink,
    Consent,
    ManagementLink,
)
from openfinance.models.attempts import FINISHING_LASTS
from pierre.local.expectations import PATH
from tests import jobs
from tests.openfinance.pages.steps import CPF, Journey
from tests.openfinance.sandbox_bank.receiver import ALICE
from tests.whatsapp import graph as graph_answers
from tests.whatsapp import hooks
from whatsapp import outbox
from whatsapp.models import OutgoingMessage

NAME, EMAIL = "Alice Quintanilha", "alice.quintanilha@example.com"
USER_ID = "BR.13491208655302741918"
TYPED = "quero falar do saldo da minha avo"
# Played by others, or kept on purpose.
_NOT_OURS = ("simulator_", "sandbox_bank_")
KEPT = "openfinance_keptproof"


@dataclass
class Life:
    """A person, and everything that could be told to be theirs, by what it is."""

    user: User
    key: str
    needles: dict[str, str] = field(default_factory=dict)

    def call(self) -> int:
        headers = {"Authorization": f"Bearer {self.key}"}
        return int(APIClient().get(PATH, headers=headers).status_code)


def live(user: User, bank: Bank, mock: responses.RequestsMock, staff: Client) -> Life:
    """Let a person call, chat, connect a bank and ask for a list, and staff make them a key."""
    User.objects.filter(pk=user.pk).update(name=NAME, email=EMAIL)
    user.refresh_from_db()
    graph_answers.accepts(mock)
    _, key = api_keys.issue(user=user, name=f"da {NAME}")
    life = Life(user=user, key=key)
    assert life.call() == 200
    _connect(user, bank)
    _chat(user)
    new_key = reverse("admin:accounts_user_new_key", args=[user.pk])
    staff.post(new_key, {"name": NAME, "expires_at_0": "", "expires_at_1": ""})
    life.needles = _needles(life)
    return life


def found(needles: dict[str, str], *, kept: bool = False) -> dict[str, set[str]]:
    """Return which of the texts are stored, as text or as bytes, by the tables that have them."""
    result: dict[str, set[str]] = {}
    for table in tables():
        if (table == KEPT) != kept:
            continue
        stored = _dump(table)
        told = {
            name
            for name, text in needles.items()
            if text.lower() in stored or text.encode().hex() in stored
        }
        if told:
            result[table] = told
    return result


def tables() -> list[str]:
    """Return the tables of this service: not those of the parties it plays for tests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = [name for (name,) in cursor.fetchall()]
    return sorted(name for name in names if not name.startswith(_NOT_OURS))


def _dump(table: str) -> str:
    """Return every row as text, with bytes in hexadecimal, as pg_dump writes them."""
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(f'COPY "{table}" TO STDOUT') as copy,
    ):
        return b"".join(bytes(part) for part in copy).decode().lower()


def _chat(user: User) -> None:
    person = {"profile": {"name": NAME}, "wa_id": "5511987654321", "user_id": USER_ID}
    texts = [
        {**hooks.text(words, key=f"wamid.{number}"), "from_user_id": USER_ID}
        for number, words in enumerate((TYPED, f"meu cpf: {CPF}", "minhas conexões"))
    ]
    change = hooks.messages(messages=texts)
    change["value"]["contacts"] = [person]
    hooks.post(Client(), hooks.body(change))
    jobs.run_all(later=True)
    sent = OutgoingMessage.objects.filter(user=user, status="accepted").first()
    assert sent
    hooks.post(Client(), hooks.statuses(hooks.status("delivered", of=sent.pk)))
    jobs.run_all(later=True)


def _connect(user: User, bank: Bank) -> None:
    OutgoingMessage.objects.filter(status="accepted").update(status="failed")  # no debounce
    via = ConnectionLink.Via.LIST
    link = choices.choose(user=user, bank=bank, via=via, to=user.phone, flow=None)
    jobs.run_all(later=True)
    Journey(link).connect()
    assert Consent.objects.authorised().filter(connection__user=user).exists()
    jobs.run_all(later=True)
    # A while ago: nobody is on their way back any more.
    Attempt.objects.update(returned_at=timezone.now() - FINISHING_LASTS)


def _needles(life: Life) -> dict[str, str]:
    user = life.user
    access = Access.objects.get(consent__connection__user=user)
    consent = access.consent
    links = [*ConnectionLink.objects.filter(user=user), *ManagementLink.objects.filter(user=user)]
    tokens = dict(_sealed(access, user))
    assert consent.cpf is not None
    return tokens | {
        "phone": "11987654321",
        "phone without its ninth digit": "1187654321",
        "line": "98765-4321",
        "e-mail": EMAIL,
        "name": NAME,
        "CPF": ALICE,
        "written CPF": CPF,
        "sealed CPF": bytes(consent.cpf).hex(),
        "id on WhatsApp": USER_ID,
        "typed": TYPED,
        "key": life.key,
        "digest of the key": api_keys.digest(life.key),
        **{f"link {link.pk}": outbox.token(link.message) for link in links},
        **{f"digest {link.pk}": link.digest for link in links},
        "connection": str(Connection.objects.get(user=user).pk),
    }


def _sealed(access: Access, user: User) -> Iterator[tuple[str, str]]:
    for column in ("access_token", "refresh_token"):
        yield column, sealed.reveal(access, column, user=user.pk, purpose="test")
        yield f"sealed {column}", bytes(getattr(access, column)).hex()
