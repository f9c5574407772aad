"""Keys, tokens and full phone numbers are planted, and everything that was written is read."""

import base64
import re
import uuid
from collections.abc import Iterator

import pytest
import requests

from pierre.local.browser import Person
from pierre.local.expectations import PATH
from pierre.local.phone import Phone
from tests.stack.conftest import Serve

pytestmark = pytest.mark.stack

CPF = "76109277673"
TOKEN = "EAAcanary0token0that0nobody0may0read"


def test_no_log_line_and_no_answer_holds_a_key_a_token_or_a_phone(serve: Serve) -> None:
    service = serve(WHATSAPP_ACCESS_TOKEN=TOKEN, LOG_LEVEL="DEBUG", WEB_ACCESS_LOG="-")
    people = service.house.people
    key, phone = people["keys"]["alice"], people["phones"]["alice"]
    texts = [service.call(name).text for name in people["keys"]]
    service.fault("refuse", code=131026, times=1)
    service.house.execute("TRUNCATE openfinance_flow, whatsapp_outgoingmessage CASCADE")
    texts.append(service.call("alice").text)
    url = service.stack.base_url + PATH
    texts += [
        requests.get(f"{url}?key={key}", timeout=10).text,
        requests.get(f"{url}/{key}", timeout=10).text,
        requests.get(url, headers={"Authorization": f"Basic {key}"}, timeout=10).text,
        requests.get(url, headers={"X-Request-Id": key}, timeout=10).text,
    ]
    written = service.log.read_text() + "".join(texts)
    assert '"level": "WARNING"' in written, "the canaries flew over a log that says nothing"
    for canary in (key, TOKEN, phone, phone.lstrip("+"), phone[-9:]):
        assert canary not in written


def test_no_page_of_the_admin_lists_a_key_or_a_full_phone(serve: Serve) -> None:
    service = serve()
    people = service.house.people
    service.call("alice")
    staff = signed_in(service.stack.admin_url, people["admin"])
    pages = [
        "accounts/user/",
        "openfinance/flow/",
        "whatsapp/outgoingmessage/",
        "whatsapp/contact/",
    ]
    for page in pages:
        shown = staff.get(service.stack.admin_url + page, timeout=10)
        assert shown.status_code == 200, page
        for name, phone in people["phones"].items():
            assert phone[-9:] not in shown.text, page
            assert people["keys"][name] not in shown.text, page
    detail = service.house.rows("SELECT id FROM openfinance_flow")[0][0]
    shown = staff.get(f"{service.stack.admin_url}openfinance/flow/{detail}/change/", timeout=10)
    assert "•••••-4321" in shown.text
    assert people["phones"]["alice"][-9:] not in shown.text


def test_the_database_holds_no_key(serve: Serve) -> None:
    service = serve()
    stored = service.house.rows("SELECT to_jsonb(k)::text FROM accounts_apikey k")
    for key in service.house.people["keys"].values():
        assert not any(key in row or key[8:-4] in row for (row,) in stored)


def test_no_table_of_ours_holds_a_phone_or_a_cpf_in_any_form(serve: Serve) -> None:
    service = serve()
    number = service.house.people["phones"]["alice"]
    phone = Phone(number=number, simulator_url=service.stack.simulator_url)
    assert service.call("alice").status_code == 200
    phone.act("say", text="conectar nubank")
    link = phone.wait_for(2)
    Person(cpf=CPF).connect(link["shown"]["buttons"][0]["value"])
    phone.wait_for(3)
    phone.act("say", text="parar")
    phone.wait_for(4)
    written = service.house.dump()
    assert {"accounts_user", "openfinance_consent", "whatsapp_webhookevent"} <= set(written)
    for name, content in written.items():
        found = [form for form in [*forms(number[-8:]), *forms(CPF)] if form in content]
        assert not found, f"{name} holds {found}"


def forms(digits: str) -> Iterator[str]:
    """Yield how digits may stand in a table: as text, grouped, as bytes, and within base64."""
    yield digits
    yield f"{digits[:-4]}-{digits[-4:]}"
    yield f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}"
    yield digits.encode().hex()
    for before in range(3):
        encoded = base64.b64encode(b"x" * before + digits.encode()).decode()
        # The characters that are the same whatever stands around the digits.
        yield encoded[4 if before else 0 : (before + len(digits)) // 3 * 4]


def test_an_error_names_its_request_and_the_log_has_the_rest(serve: Serve) -> None:
    service = serve()
    name = uuid.uuid4().hex
    service.house.execute("ALTER TABLE accounts_subscription RENAME TO mislaid")
    try:
        answer = requests.get(
            service.stack.base_url + PATH,
            headers={
                "Authorization": f"Bearer {service.house.people['keys']['alice']}",
                "X-Request-Id": name,
            },
            timeout=10,
        )
    finally:
        service.house.execute("ALTER TABLE mislaid RENAME TO accounts_subscription")
    assert (answer.status_code, answer.json()["type"]) == (500, "internal_error")
    assert "accounts_subscription" not in answer.text
    logged = [line for line in service.log.read_text().splitlines() if name in line]
    assert any("UndefinedTable" in line for line in logged)


def signed_in(admin_url: str, admin: dict[str, str]) -> requests.Session:
    session = requests.Session()
    form = session.get(f"{admin_url}login/", timeout=10).text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token
    answer = session.post(
        f"{admin_url}login/?next=/admin/",
        data={
            "csrfmiddlewaretoken": token[1],
            "username": admin["email"],
            "password": admin["password"],
        },
        timeout=10,
    )
    assert "Sair" in answer.text or "Encerrar" in answer.text
    return session
