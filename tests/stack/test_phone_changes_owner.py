"""A number passes to another person, while two servers answer for both."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings

from pierre.local.expectations import PATH
from pierre.local.phone import Phone
from tests import workers
from tests.stack.conftest import House, Serve, Service

pytestmark = pytest.mark.stack

NUMBER, NEW = "+5511955550101", "+5521955550102"
_PEOPLE = f"""
import json
from datetime import timedelta
from django.utils import timezone
from accounts import api_keys
from accounts.models import Plan, Subscription, User
keys = {{}}
for name, phone in (("erica", "{NUMBER}"), ("fabio", "")):
    verified_at = timezone.now() - timedelta(days=9) if phone else None
    user, _ = User.objects.update_or_create(
        email=f"{{name}}@example.com", defaults={{"phone": phone, "phone_verified_at": verified_at}}
    )
    Subscription.objects.get_or_create(
        user=user, defaults={{"plan": Plan.objects.get(slug="premium")}}
    )
    keys[name] = api_keys.issue(user=user)[1]
print(json.dumps(keys))
"""
_ENTER, _PHONE = "/conta/entrar", "/conta/telefone"


@dataclass(slots=True)
class Browser:
    """A person's, which may be answered by another server from one page to the next."""

    session: requests.Session = field(default_factory=requests.Session)

    def fill_in(self, service: Service, path: str, **fields: str) -> str:
        """Open a page and send its form; return where that leads, or the page that refuses it."""
        url = service.stack.base_url + path
        page = self.session.get(url, timeout=30).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, page
        data = {"csrfmiddlewaretoken": token[1], **fields}
        answer = self.session.post(url, data=data, allow_redirects=False, timeout=30)
        return answer.headers.get("Location", answer.text)

    def account(self, service: Service) -> str:
        """Return a person's first page, or where who is not signed in is led instead."""
        url = f"{service.stack.base_url}/conta"
        answer = self.session.get(url, allow_redirects=False, timeout=30)
        return answer.headers.get("Location", answer.text)


@pytest.fixture
def emptied(home: House) -> Iterator[None]:
    """Let no later test meet these two people's numbers."""
    yield
    home.execute("UPDATE accounts_user SET phone = '' WHERE email LIKE 'erica@%'")
    home.execute("UPDATE accounts_user SET phone = '' WHERE email LIKE 'fabio@%'")
    home.execute("TRUNCATE simulator_simulatedmessage CASCADE")
    home.execute(f"DELETE FROM simulator_simulatedphone WHERE number IN ('{NUMBER}', '{NEW}')")


def phone(service: Service, number: str, name: str) -> Phone:
    """Register a phone at the simulator."""
    facts = {"number": number, "name": name}
    made = requests.post(f"{service.stack.simulator_url}phones", json=facts, timeout=10)
    made.raise_for_status()
    return Phone(simulator_url=service.stack.simulator_url, number=number)


def received(service: Service, name: str, count: int) -> list[dict[str, Any]]:
    """Return what somebody's phone got, once there is so much; the number was another's before."""

    def got() -> list[dict[str, Any]]:
        rows = service.house.rows(
            "SELECT m.payload FROM simulator_simulatedmessage m"
            " JOIN simulator_simulatedphone p ON p.id = m.phone_id"
            f" WHERE p.name = '{name}' AND NOT m.is_from_person ORDER BY m.id"
        )
        return [payload for (payload,) in rows]

    workers.until(lambda: len(got()) >= count)
    return got()


def answers(services: tuple[Service, ...], key: str) -> list[tuple[int, str]]:
    """Call the endpoint of each server; return the statuses and what went wrong."""
    headers = {"Authorization": f"Bearer {key}"}
    got = [
        requests.get(service.stack.base_url + PATH, headers=headers, timeout=60)
        for service in services
    ]
    return [(answer.status_code, answer.json().get("type", "")) for answer in got]


def the_code(message: dict[str, Any]) -> str:
    return str(message["template"]["components"][0]["parameters"][0]["text"])


def mails() -> set[Path]:
    """Return the mails that this checkout wrote, in place of sending them."""
    return set((Path(settings.LOCAL_DIR) / "mail").glob("*.log"))


def mailed_link(email: str, *, before: set[Path]) -> str:
    """Wait for the mail to somebody that is newer than those; return its link's path."""
    found: list[str] = []

    def has_come() -> bool:
        texts = [mail.read_text() for mail in mails() - before]
        to_them = "".join(text for text in texts if f"To: {email}" in text)
        found.extend(re.findall(rf"{_ENTER}/link/[\w-]{{32}}(?=\s)", to_them))
        return bool(found)

    workers.until(has_come)
    return found[0]


@pytest.mark.usefixtures("emptied")
def test_no_one_gets_what_is_the_others(serve: Serve) -> None:
    environment = {"FLOW_DEBOUNCE_SECONDS": "0", "EMAIL_URL": ""}
    services = one, other = serve(**environment), serve(**environment)
    keys = json.loads(one.stack.manage("shell", "-c", _PEOPLE).splitlines()[-1])
    erica, her_browser = phone(one, NUMBER, "Erica"), Browser()
    erica.act("say", text="ajuda")
    received(one, "Erica", 1)
    assert her_browser.fill_in(one, _ENTER, phone=NUMBER) == f"{_ENTER}/codigo"
    her_code = the_code(received(one, "Erica", 2)[-1])
    assert her_browser.fill_in(other, f"{_ENTER}/codigo", code=her_code) == "/conta"
    assert all(">Verificado<" in her_browser.account(service) for service in services)
    assert answers(services, keys["erica"]) == [(200, "")] * 2

    erica.act("change_number", number=NEW)
    taken = "SELECT FROM whatsapp_contact WHERE took_number_at IS NOT NULL"
    workers.until(lambda: bool(one.house.rows(taken)))
    lost = [(400, "phone_not_verified")] * 2
    assert answers(services, keys["erica"]) == lost

    fabio = phone(one, NUMBER, "Fábio")
    fabio.act("say", text="quero ver minhas conexões")
    [stranger] = received(one, "Fábio", 1)
    assert "Este é o WhatsApp do Pierre" in str(stranger)

    his_browser, earlier = Browser(), mails()
    assert his_browser.fill_in(one, _ENTER, email="fabio@example.com") == f"{_ENTER}/enviado"
    link = mailed_link("fabio@example.com", before=earlier)
    assert his_browser.fill_in(other, link) == "/conta"
    assert his_browser.fill_in(one, _PHONE, phone=NUMBER) == f"{_PHONE}/codigo"
    code = the_code(received(one, "Fábio", 2)[-1])
    assert his_browser.fill_in(other, f"{_PHONE}/codigo", code=code) == "/conta"
    assert all(">Verificado<" in his_browser.account(service) for service in services)
    assert [her_browser.account(service) for service in services] == [_ENTER] * 2

    assert answers(services, keys["fabio"]) == [(200, "")] * 2
    assert answers(services, keys["erica"]) == lost
    assert len(received(one, "Fábio", 4)) == 4
    # What she got before she changed her number, and nothing of his.
    assert len(received(one, "Erica", 4)) == 4
    ended = one.house.rows(
        "SELECT result FROM accounts_auditevent e JOIN accounts_user u ON u.id = e.user_id"
        " WHERE u.email = 'erica@example.com' AND act = 'phone_lost'"
    )
    # The second on a machine so slow that a minute had passed before he proved it.
    assert ended in ([("proved_by_another",)], [("moved",)])
    logged = one.log.read_text()
    assert not [secret for secret in (her_code, code, link.rpartition("/")[2]) if secret in logged]
