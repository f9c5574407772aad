"""The pages that people open from a message, in whatever browser."""

import re
import secrets
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from pierre.local.browser import Person as Browser
from tests.security import raw
from tests.security.checks import check
from tests.security.conftest import Person, Service, until

CPF = "76109277673"
PHONE = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
    " Safari/604.1"
}
CONSENTS = """
    SELECT c.id, c.status FROM openfinance_consent c
    JOIN openfinance_connection n ON n.id = c.connection_id WHERE n.user_id = %s"""


def link_of(service: Service, person: Person, bank: str = "nubank") -> str:
    """Let a person ask for a bank in the chat, and return the address they get."""
    phone = service.phone(person)
    before = len(phone.messages())
    phone.act("say", text=f"conectar {bank}")
    return str(phone.wait_for(before + 1)["shown"]["buttons"][0]["value"])


def connected(service: Service, person: Person, bank: str = "nubank") -> str:
    """Connect a person's bank, and return the id of the connection."""
    assert "conectado" in Browser(cpf=CPF).connect(link_of(service, person, bank))
    sql = "SELECT id FROM openfinance_connection WHERE user_id = %s"
    return str(service.rows(sql, person.id)[0][0])


def manage(service: Service, person: Person) -> str:
    """Return the address of a person's own list of connections."""
    phone = service.phone(person)
    phone.act("say", text="minhas conexões")
    found: list[str] = []

    def has_come() -> bool:
        buttons = [b for message in phone.messages() for b in message["shown"]["buttons"]]
        found.extend(str(b["value"]) for b in buttons if "/conexoes/" in str(b["value"]))
        return bool(found)

    until(has_come)
    return found[0]


def returned_by_the_bank(service: Service, person: Person) -> str:
    """Say the last yes at the bank, and return the address it sends the browser back to."""
    person_there = Browser(cpf=CPF)
    person_there.open(link_of(service, person))
    person_there.agree()
    person_there.log_in()
    browser = person_there.browser
    form, yes = next(
        (form, button)
        for form in browser.page.select("form")
        for button in form.select("button")
        if button.text.strip().startswith("Autorizar")
    )
    fields = [*form.select("input[name]"), yes]
    data = {field["name"]: field.get("value", "") for field in fields if field.get("name")}
    target = urljoin(browser.url, form.get("action") or "")
    sent = browser.session.post(target, data=data, allow_redirects=False, timeout=30)
    return str(sent.headers["Location"])


@check(
    29,
    "A link that is wrong, and one that never was, are answered alike",
    owasp="API1",
    asvs="8.2.2, 7.2.3",
)
def test_wrong_links(service: Service) -> None:
    address = link_of(service, service.person())
    token = address.rpartition("/")[2]
    answers = set()
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), secrets.token_urlsafe(24)):
        for place in ("conectar", "conexoes"):
            answer = requests.get(f"{service.url}/{place}/{wrong}", headers=PHONE, timeout=10)
            answers.add((place, answer.status_code, answer.text.replace(wrong, "")))
            assert answer.headers["Cache-Control"] == "no-store"
    assert len(answers) == 2, answers


@check(30, "A link belongs to the browser that opened it", owasp="API2", asvs="7.2.1, 10.1.2")
def test_second_device(service: Service) -> None:
    person = service.person()
    address = link_of(service, person)
    with requests.Session() as first:
        first.headers.update(PHONE)
        opened = first.get(address, timeout=10)
        assert "Continuar no" in opened.text
        (cookie,) = [cookie for cookie in first.cookies if cookie.name == "aparelho"]
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.path == urlsplit(address).path
        assert cookie.get_nonstandard_attr("SameSite") in ("Strict", "Lax")
    second = requests.get(address, headers=PHONE, timeout=10)
    assert "Continuar no" not in second.text
    assert second.status_code == 403
    stolen = requests.post(address, headers=PHONE, data={"term": "12", "cpf": CPF}, timeout=10)
    assert stolen.status_code == 403
    assert service.rows(CONSENTS, person.id) == []


@check(
    31,
    "A return from the bank is good once, and only with its state",
    owasp="API2",
    asvs="10.1.2, 10.2.1, 10.4.2",
)
def test_state_replay(service: Service) -> None:
    person = service.person()
    returned = returned_by_the_bank(service, person)
    state = parse_qs(urlsplit(returned).query)["state"][0]
    forged = returned.replace(state, secrets.token_urlsafe(24))
    unknown = requests.get(forged, headers=PHONE, timeout=10)
    assert (unknown.status_code, unknown.history) == (410, [])
    doubled = requests.get(f"{returned}&state={state}", headers=PHONE, timeout=10)
    assert service.rows(CONSENTS, person.id)[0][1] != "authorised", doubled.text

    def come_back(_: int) -> int:
        return requests.get(returned, headers=PHONE, timeout=30).status_code

    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(come_back, range(10)))
    assert set(statuses) <= {200, 410}
    assert [status for _, status in service.rows(CONSENTS, person.id)] == ["authorised"]
    stored = "SELECT count(*) FROM accounts_auditevent WHERE act = 'tokens_stored' AND user_id = %s"
    assert service.rows(stored, person.id)[0][0] == 1


@check(32, "No address that is given leads anywhere but to us", owasp="API8", asvs="3.7.2, 1.2.2")
def test_open_redirects(service: Service) -> None:
    address = link_of(service, service.person())
    evil = "https://evil.example/"
    places = [
        f"{service.url}/conectar/retorno?state=x&next={evil}&redirect_uri={evil}",
        f"{service.url}/conectar/retorno?state={evil}",
        f"{service.url}//evil.example/%2e%2e",
        f"{service.url}/%5cevil.example",
        f"{address}?next={evil}",
        f"{service.url}/admin/login/?next={evil}",
        f"{service.url}/conectar/resultado/{evil}",
    ]
    for place in places:
        answer = requests.get(place, headers=PHONE, timeout=10, allow_redirects=False)
        assert "evil.example" not in answer.headers.get("Location", ""), place
        assert f'href="{evil}' not in answer.text, place
    staff = service.staff()
    there = staff.get(f"{service.stack.admin_url}login/?next={evil}", timeout=10)
    assert all("evil.example" not in step.headers.get("Location", "") for step in there.history)


@check(
    33, "Other people's ids answer as those that do not exist", owasp="API1", asvs="8.2.2, 8.4.1"
)
def test_other_peoples_ids(service: Service) -> None:
    ana, mallory = service.person(), service.person()
    hers = connected(service, ana)
    connected(service, mallory)
    address = manage(service, mallory)
    with requests.Session() as browser:
        browser.headers.update(PHONE)
        assert browser.get(address, timeout=10).status_code == 200
        answers = []
        for pk in (hers, str(uuid.uuid4())):
            shown = browser.get(f"{address}/{pk}/desconectar", timeout=10)
            answers.append((shown.status_code, shown.text.replace(pk, "")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    listed = requests.get(
        f"{service.url}/tools/api/get-open-finance-connections", headers=mallory.bearer, timeout=10
    )
    assert hers not in listed.text
    assert service.rows(CONSENTS, ana.id)[0][1] == "authorised"


@check(34, "A form that is not ours changes nothing", owasp="API8", asvs="3.5.1")
def test_forged_forms(service: Service) -> None:
    person = service.person()
    address = link_of(service, person)
    with requests.Session() as browser:
        browser.headers.update(PHONE)
        page = browser.get(address, timeout=10).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        form = {"term": "12", "cpf": CPF, "shown": "0" * 64}
        for data, headers in (
            (form, {}),
            (form | {"csrfmiddlewaretoken": "a" * 64}, {}),
            (
                form | {"csrfmiddlewaretoken": token[1] if token else ""},
                {"Origin": "https://evil.example"},
            ),
        ):
            refused = browser.post(address, data=data, headers=headers, timeout=10)
            assert refused.status_code == 403, headers
            assert "csrf" not in refused.text.lower()
    assert service.rows(CONSENTS, person.id) == []


@check(
    35,
    "Every page forbids scripts and frames of others",
    owasp="API8",
    asvs="3.4.3, 3.4.5, 3.4.6, 3.4.8, 3.3.4",
)
def test_headers_of_pages(service: Service) -> None:
    pages = {
        "a link": link_of(service, service.person()),
        "a wrong link": f"{service.url}/conectar/x",
        "a return": f"{service.url}/conectar/retorno",
        "sign-in of staff": f"{service.stack.admin_url}login/",
        "nowhere": f"{service.url}/conectar/x/y/z",
    }
    for what, page in pages.items():
        answer = requests.get(page, headers=PHONE, timeout=10)
        parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";")]
        policy = {name: values for name, *values in parts}
        objects = policy.get("object-src", policy["default-src"])
        assert policy["frame-ancestors"] == objects == policy["base-uri"] == ["'none'"], what
        assert "unsafe" not in answer.headers["Content-Security-Policy"], what
        assert answer.headers["X-Frame-Options"] == "DENY", what
        assert answer.headers["Referrer-Policy"] == "same-origin", what
        assert answer.headers["X-Content-Type-Options"] == "nosniff", what
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", what
        assert "style=" not in answer.text, what
        for cookie in answer.headers.get("Set-Cookie", "").split("csrftoken"):
            assert not cookie or "HttpOnly" in cookie, what


@check(
    36,
    "The admin opens neither without a sign-in nor with an API key",
    owasp="API5",
    asvs="8.2.1, 8.4.2, 6.3.4",
)
def test_admin_is_closed(service: Service) -> None:
    person = service.person()
    paths = [
        "",
        "accounts/user/",
        f"accounts/user/{person.id}/change/",
        f"accounts/user/{person.id}/new-key/",
        "accounts/auditevent/",
        "openfinance/consent/",
        "whatsapp/webhookevent/",
    ]
    for path in paths:
        for headers in ({}, person.bearer):
            url = service.stack.admin_url + path
            for verb in ("GET", "POST"):
                answer = requests.request(
                    verb, url, headers=headers, timeout=10, allow_redirects=False
                )
                assert answer.status_code in (302, 403), (verb, path)
                assert person.email not in answer.text
                location = answer.headers.get("Location", "/admin/login/")
                assert location.startswith("/admin/login/"), location
    for path in ("/admin", "/.env", "/.git/config", "/static/", "/simulator", "/metrics"):
        assert raw.call(service.url, path=path).status == 404, path
