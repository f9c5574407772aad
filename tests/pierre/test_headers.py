"""What every answer tells the browser, whatever it is an answer to."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from accounts.models import User
from tests.pierre.inline import has_code

pytestmark = pytest.mark.django_db

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "Permissions-Policy": django_settings.PERMISSIONS_POLICY,
}
SAMPLES = {
    "uuid": "0d4b0c54-8a4c-4b0e-9b7f-0a4c8a4c4b0e",
    "int": "1",
    "brand": "nubank",
    "path": "1",
}


def addresses(patterns: list[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    """Yield one address for each pattern, with something in the place of its arguments."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        else:
            filled = re.sub(r"<(?:(\w+):)?\w+>", lambda m: SAMPLES.get(m[1], "x"), route)
            yield re.sub(r"\^?\(\?P.*$", "nowhere", filled)


EVERY = sorted(set(addresses(get_resolver().url_patterns)))
ELSEWHERE = ["/", "/nowhere", "/conectar/", "/conexoes/x/y", "/admin/nowhere/", "/tools/api/x"]


@pytest.fixture
def browser(settings: Settings) -> Client:
    """Ask as over TLS in production, where the browser remembers that."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    return Client(raise_request_exception=False)


def missing(answer: HttpResponseBase) -> list[str]:
    policy = answer.get("Content-Security-Policy", "")
    found = [name for name, value in HEADERS.items() if answer.get(name) != value]
    is_closed = re.search(r"default-src '(self|none)'(;|$)", policy)
    if not is_closed or "frame-ancestors 'none'" not in policy:
        found.append("Content-Security-Policy")
    if answer.get("Referrer-Policy") not in {"same-origin", "no-referrer"}:
        found.append("Referrer-Policy")
    if "unsafe" in policy:
        found.append("unsafe")
    return found


def test_every_address_of_the_service_sends_them(browser: Client) -> None:
    assert len(EVERY) > 200
    lacking = {}
    for path in [*EVERY, *ELSEWHERE]:
        for method in ("get", "post"):
            answer = getattr(browser, method)(path, secure=True)
            if missing(answer):
                lacking[f"{method} {path} {answer.status_code}"] = missing(answer)
    assert not lacking


def test_staff_who_are_in_get_them_too(browser: Client) -> None:
    browser.force_login(User.objects.create_superuser("staff@example.com", "x"))
    pages = [path for path in EVERY if path.startswith("/admin/")]
    answers = {path: browser.get(path, secure=True) for path in pages}
    assert sum(answer.status_code == 200 for answer in answers.values()) > 30
    assert not {path: missing(answer) for path, answer in answers.items() if missing(answer)}
    assert not [path for path, answer in answers.items() if has_code(answer)]


def test_no_form_of_the_admin_in_a_window_of_its_own_has_a_script_in_it(browser: Client) -> None:
    browser.force_login(User.objects.create_superuser("staff@example.com", "x"))
    adding = [path for path in EVERY if path.startswith("/admin/") and path.endswith("/add/")]
    pages = [browser.get(path, {"_popup": "1"}, secure=True) for path in adding]
    forms = [page for page in pages if page.status_code == 200]
    assert forms
    assert not [page for page in forms if "_popup" not in page.text or has_code(page)]


@pytest.mark.parametrize("name", ["openfinance/connect.css", "admin/css/base.css"])
def test_a_static_file_sends_them(browser: Client, name: str) -> None:
    assert finders.find(name)
    answer = browser.get(static(name), secure=True)
    answer.close()
    assert (answer.status_code, missing(answer)) == (200, [])


@pytest.mark.parametrize("path", ["/healthz", "/admin/", "/conectar/x", "/tools/api/x"])
def test_so_does_what_is_refused_before_it_is_looked_at(browser: Client, path: str) -> None:
    answer = browser.get(path, secure=True, headers={"Host": "evil.example"})
    assert (answer.status_code, missing(answer)) == (400, [])


def test_so_does_an_error_of_ours(browser: Client, settings: Settings) -> None:
    settings.LINK_KEY = ""
    answer = browser.get("/conectar/x", secure=True)
    assert (answer.status_code, missing(answer)) == (500, [])


def test_what_is_sent_to_https_says_all_but_what_needs_https(
    browser: Client, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = browser.get("/admin/")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/admin/")
    assert missing(answer) == ["Strict-Transport-Security"]


def test_the_cookies_of_staff_are_strict(browser: Client, settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    User.objects.create_superuser("staff@example.com", "x")
    browser.get("/admin/login/", secure=True)
    data = {"username": "staff@example.com", "password": "x"}
    browser.post("/admin/login/", data, secure=True)
    assert set(browser.cookies) == {"csrftoken", "sessionid"}
    for cookie in browser.cookies.values():
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Strict")
        assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_in_production_no_other_host_can_set_them() -> None:
    program = (
        "import json; from pierre import settings as s;"
        "print(json.dumps([s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE,"
        " s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.STAFF_SECOND_FACTOR]))"
    )
    production = {
        "PIERRE_DEVELOPMENT": "0",
        "DATABASE_URL": "postgres://pierre@127.0.0.1/pierre",
        "PATH": os.environ["PATH"],
    }
    told = subprocess.run(
        [sys.executable, "-c", program],
        env=production,
        cwd=django_settings.BASE_DIR,
        check=True,
        capture_output=True,
    )
    found = json.loads(told.stdout)
    assert found == ["__Host-session", "__Host-csrf", True, True, 31_536_000, True]
