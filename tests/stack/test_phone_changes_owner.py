"""A number passes to another person, while two servers answer for both."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

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
_ACT = """
from accounts.models import User
from whatsapp import phone_codes
fabio = User.objects.get(email="fabio@example.com")
"""
_SEND = f'{_ACT}phone_codes.send_verification(user=fabio, phone="{NUMBER}", address="")'
_CONFIRM = f"{_ACT}phone_codes.confirm_verification(user=fabio, code={{code!r}})"


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


@pytest.mark.usefixtures("emptied")
def test_no_one_gets_what_is_the_others(serve: Serve) -> None:
    services = one, other = serve(FLOW_DEBOUNCE_SECONDS="0"), serve(FLOW_DEBOUNCE_SECONDS="0")
    keys = json.loads(one.stack.manage("shell", "-c", _PEOPLE).splitlines()[-1])
    erica = phone(one, NUMBER, "Erica")
    erica.act("say", text="ajuda")
    received(one, "Erica", 1)
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

    one.stack.manage("shell", "-c", _SEND)
    code = the_code(received(one, "Fábio", 2)[-1])
    other.stack.manage("shell", "-c", _CONFIRM.format(code=code))
    assert answers(services, keys["fabio"]) == [(200, "")] * 2
    assert answers(services, keys["erica"]) == lost
    assert len(received(one, "Fábio", 4)) == 4
    # What she got before she changed her number, and nothing of his.
    assert len(received(one, "Erica", 3)) == 3
    ended = one.house.rows(
        "SELECT result FROM accounts_auditevent e JOIN accounts_user u ON u.id = e.user_id"
        " WHERE u.email = 'erica@example.com' AND act = 'phone_lost'"
    )
    assert ended == [("proved_by_another",)]
    assert code not in one.log.read_text()
