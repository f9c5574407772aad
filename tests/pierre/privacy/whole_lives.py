"""A whole life with the service, through its own doors."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import responses
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import api_keys, encryption, sealed
from accounts.models import ApiKey, Plan, SignInLink, User
from openfinance import choices, plan_notices
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
from pierre.self_service import links
from tests import jobs
from tests.openfinance.pages.steps import CPF, Journey
from tests.openfinance.sandbox_bank.receiver import ALICE
from tests.pierre.self_service import people
from tests.whatsapp import codes, hooks
from tests.whatsapp import graph as graph_answers
from whatsapp import outbox
from whatsapp.models import OutgoingMessage

NAME, EMAIL = "Alice Quintanilha", "alice.quintanilha@example.com"
USER_ID = "BR.13491208655302741918"
TYPED = "quero falar do saldo da minha avo"
LINE = "me liga no 98765-4321"
# From the number that they had before, on another account of WhatsApp.
FORMER, FORMER_ID, TYPED_BEFORE = "+5521976543210", "BR.20417655302741912086", "ainda e a avo"


@dataclass
class Life:
    """A person, and everything that could be told to be theirs, by what it is."""

    user: User
    key: str
    test_key: str
    needles: dict[str, str] = field(default_factory=dict)

    def call(self, key: str = "") -> int:
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return int(APIClient().get(PATH, headers=headers).status_code)


def live(user: User, bank: Bank, mock: responses.RequestsMock, staff: Client) -> Life:
    """Let a person do all there is to do, and staff look at them, and move them to a lesser plan.

    They change their number, sign in, call with a key and with one for tests, connect a bank, chat
    and ask for a list.
    """
    number = user.phone
    User.objects.filter(pk=user.pk).update(name=NAME, email=EMAIL, phone=FORMER)
    user.refresh_from_db()
    graph_answers.accepts(mock)
    codes.approve()
    _chat(FORMER.removeprefix("+"), FORMER_ID, TYPED_BEFORE)
    _change_number(user, number)
    _, key = api_keys.issue(user=user, name=f"da {NAME}")
    _, test_key = api_keys.issue(user=user, name=f"da {NAME}", is_test=True)
    life = Life(user=user, key=key, test_key=test_key)
    assert (life.call(), life.call(test_key)) == (200, 200)
    _connect(user, bank)
    _chat(number.removeprefix("+"), USER_ID, TYPED, f"meu cpf: {CPF}", LINE, "minhas conexões")
    _see_to(user, staff)
    call_command("seal_audit")
    life.needles = _needles(life)
    return life


def _change_number(user: User, number: str) -> None:
    """Sign in by a code and by a mail, and prove another number."""
    people.enter(user)
    browser = Client()
    browser.post(people.ENTER, {"phone": FORMER})
    assert browser.post(f"{people.ENTER}/codigo", {"code": people.last_code()})["Location"]
    browser.post("/conta/telefone", {"phone": number})
    jobs.run_all(later=True)
    assert browser.post("/conta/telefone/codigo", {"code": people.last_code()})["Location"]
    user.refresh_from_db()
    assert user.phone == number


def _see_to(user: User, staff: Client) -> None:
    """Let staff make a key, look at what is masked and at the trail, and change the plan."""
    consent = Consent.objects.get(connection__user=user)
    subscription = user.subscriptions.get()
    plan = Plan.objects.get(slug="pro")
    for name, of, answers in (
        ("accounts_user_new_key", [user.pk], {"name": NAME}),
        ("accounts_user_reveal", [user.pk, "phone"], {}),
        ("openfinance_consent_reveal", [consent.pk, "cpf"], {}),
        ("accounts_subscription_act", [subscription.pk, "change-plan"], {"plan": str(plan.pk)}),
    ):
        assert staff.post(reverse(f"admin:{name}", args=of), answers).status_code in {200, 302}
    assert staff.get(reverse("admin:accounts_user_trail", args=[user.pk])).status_code == 200
    assert plan_notices.look() == 1
    jobs.run_all(later=True)


def _chat(number: str, user_id: str, *said: str) -> None:
    person = {"profile": {"name": NAME}, "wa_id": number, "user_id": user_id}
    texts = [
        {
            **hooks.text(words, key=f"wamid.{user_id}.{place}"),
            "from_user_id": user_id,
            "from": number,
        }
        for place, words in enumerate(said)
    ]
    change = hooks.messages(messages=texts)
    change["value"]["contacts"] = [person]
    hooks.post(Client(), hooks.body(change))
    jobs.run_all(later=True)
    sent = OutgoingMessage.objects.filter(phone=f"+{number}", status="accepted").first()
    assert sent
    # Where it is told without its ninth digit.
    delivered = hooks.status("delivered", of=sent.pk, recipient_id=number[:4] + number[5:])
    hooks.post(Client(), hooks.statuses(delivered))
    jobs.run_all(later=True)


def _connect(user: User, bank: Bank) -> None:
    sent = OutgoingMessage.objects.filter(status="accepted", is_test=False)
    sent.update(status="failed")  # no debounce
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
    assert consent.cpf is not None
    return {
        **dict(_sealed(access, user)),
        **dict(_of_links(user)),
        "phone": "11987654321",
        "phone without its ninth digit": "1187654321",
        "line": "98765-4321",
        "former phone": FORMER.removeprefix("+55"),
        "index of the phone": encryption.index_bytes(user.phone, purpose="phone").hex(),
        "index of the former phone": encryption.index_bytes(FORMER, purpose="phone").hex(),
        "index of the CPF": consent.cpf_index,
        "e-mail": EMAIL,
        "name": NAME,
        "CPF": ALICE,
        "written CPF": CPF,
        "sealed CPF": bytes(consent.cpf).hex(),
        "id on WhatsApp": USER_ID,
        "former id on WhatsApp": FORMER_ID,
        "typed": TYPED,
        "typed before": TYPED_BEFORE,
        "key": life.key,
        "key for tests": life.test_key,
        "connection": str(Connection.objects.get(user=user).pk),
        **{f"digest of key {key.pk}": key.digest for key in ApiKey.objects.filter(user=user)},
    }


def _of_links(user: User) -> Iterator[tuple[str, str]]:
    """Yield what opens something, or is its digest."""
    for link in (
        *ConnectionLink.objects.filter(user=user),
        *ManagementLink.objects.filter(user=user),
    ):
        yield f"link {link.pk}", outbox.token(link.message)
        yield f"digest of link {link.pk}", link.digest
    for mailed in SignInLink.objects.filter(user=user):
        yield f"link {mailed.pk}", links.token(mailed)
        yield f"digest of link {mailed.pk}", mailed.digest
    for code in user.phone_verifications.all():
        yield f"digest of code {code.pk}", code.digest


def _sealed(access: Access, user: User) -> Iterator[tuple[str, str]]:
    for column in ("access_token", "refresh_token"):
        yield column, sealed.reveal(access, column, user=user.pk, purpose="test")
        yield f"sealed {column}", bytes(getattr(access, column)).hex()
