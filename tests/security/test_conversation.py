"""What people, and those who pretend to be them, can do in WhatsApp."""

import os
import secrets

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.security import hooks, native_flow
from tests.security.checks import check
from tests.security.conftest import Home, Person, Service, until
from tests.security.native_flow import Screens
from tests.security.test_webhooks import settle
from tests.whatsapp.native_flow.phone import Phone

LINKS = "SELECT count(*) FROM openfinance_connectionlink WHERE user_id = %s"


@pytest.fixture(scope="module")
def flow_key(checked_home: Home) -> rsa.RSAPublicKey:
    return native_flow.public_key(checked_home.flow_key)


def links(service: Service, person: Person) -> int:
    return int(service.rows(LINKS, person.id)[0][0])


@check(25, "One person's reply never moves another's flow", owasp="API1", asvs="8.2.2, 8.4.1")
def test_another_persons_reply(service: Service) -> None:
    ana, mallory = service.person(), service.person()
    ana_phone, mallory_phone = service.phone(ana), service.phone(mallory)
    ana_phone.act("say", text="conectar mercado")
    offer = ana_phone.wait_for(1)
    row_id = offer["payload"]["interactive"]["action"]["sections"][0]["rows"][0]["id"]
    stolen = hooks.body(hooks.row(mallory, wamid=offer["wamid"], row_id=row_id))
    assert hooks.post(service, stolen).status_code == 200
    settle(service)
    assert links(service, ana) == 0
    assert len(ana_phone.messages()) == 1
    # Who taps a list that is not theirs gets at most what they could have asked for themselves.
    assert all(ana.phone not in str(message["payload"]) for message in mallory_phone.messages())
    ana_phone.act("row", wamid=offer["wamid"], id=row_id)
    until(lambda: links(service, ana) == 1)


@check(
    26,
    "The Flow endpoint hears only Meta, and only what it can open",
    owasp="API2",
    asvs="4.1.5, 11.2.5, 9.1.1",
)
def test_flow_endpoint_is_metas(service: Service, flow_key: rsa.RSAPublicKey) -> None:
    person = service.person()
    token = native_flow.offered(service, person)
    asked = {"version": "3.0", "action": "INIT", "flow_token": token, "data": {}}
    sealed = Phone(flow_key).ask(asked)
    for signed in ("", "sha256=" + "0" * 64, hooks.signature(sealed, secret="another")):
        assert native_flow.post(service, sealed, signed=signed).status_code == 432
    another = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    assert native_flow.post(service, Phone(another).ask(asked)).status_code == 421
    for rubbish in (b"", b"{}", b"[" * 50_000, os.urandom(500), b'{"encrypted_flow_data": 1}'):
        assert native_flow.post(service, rubbish).status_code in (400, 421), rubbish[:20]
    status, shown = Screens(service=service, key=flow_key, token=token).ask("INIT")
    assert (status, shown["screen"]) == (200, "BANKS")


@check(
    27,
    "Steps of a Flow that are skipped or repeated give one link at most",
    owasp="API6",
    asvs="2.3.1, 2.3.4",
)
def test_flow_steps(service: Service, flow_key: rsa.RSAPublicKey) -> None:
    person = service.person()
    screens = Screens(service=service, key=flow_key, token=native_flow.offered(service, person))
    _, found = screens.ask("INIT")
    bank = found["data"]["banks"][0]["id"]
    # The link, without having been shown the steps of that bank.
    _, skipped = screens.ask("data_exchange", "STEPS", step="start", bank=bank)
    assert links(service, person) == 0
    assert skipped.get("screen") != "DONE"
    for _ in range(3):
        screens.ask("data_exchange", "BANKS", step="choose", bank=bank, query="")
    for _ in range(5):
        screens.ask("data_exchange", "STEPS", step="start", bank=bank)
    settle(service)
    until(lambda: len(service.phone(person).messages()) == 2)
    assert links(service, person) == 1
    nonsense_ids: tuple[object, ...] = ("", "999999999", "1 OR 1=1", None, [], {"$gt": ""})
    for nonsense in nonsense_ids:
        status, _ = screens.ask("data_exchange", "STEPS", step="start", bank=nonsense)
        # The Flow is finished by now, and its token with it.
        assert status in (400, 427), nonsense
    assert links(service, person) == 1


@check(28, "A token opens only what it was made for", owasp="API2", asvs="9.2.2, 6.5.1, 8.2.2")
def test_token_swap(service: Service, flow_key: rsa.RSAPublicKey) -> None:
    ana, other = service.person(), service.person()
    token = native_flow.offered(service, ana)
    native_flow.offered(service, other)
    screens = Screens(service=service, key=flow_key, token=token)
    bank = native_flow.choose_first(screens, "nubank")
    screens.ask("data_exchange", "STEPS", step="start", bank=bank)
    until(lambda: len(service.phone(ana).messages()) == 2)
    address = service.phone(ana).messages()[-1]["shown"]["buttons"][0]["value"]
    link_token = address.rpartition("/")[2]
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in (
        changed,
        token[:-1],
        token + "A",
        link_token,
        ana.key,
        secrets.token_urlsafe(32),
        "",
    ):
        status, _ = Screens(service=service, key=flow_key, token=wrong).ask("INIT")
        assert status in (400, 427), wrong[:4]
    pages = [f"{service.url}/conectar/{token}", f"{service.url}/conexoes/{link_token}"]
    assert {requests.get(page, timeout=10).status_code for page in pages} <= {404, 410}
    assert requests.get(address, timeout=10).status_code == 200
