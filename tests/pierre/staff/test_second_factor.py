"""Staff need what they have besides what they know, and nobody else can make it for them."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import second_factor
from accounts.models import AuditEvent, StaffDevice, StaffSession, User
from tests.pierre.staff.conftest import PASSWORD, Hire, code, enrolled, key_on, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked_for")]

PAGE = "/admin/second-factor/"
HOME = "/admin/"


def test_a_password_alone_leads_to_the_second_factor_from_wherever_one_wanted_to_go(
    client: Client, helper: User
) -> None:
    sign_in(client, helper)
    wanted = reverse("admin:accounts_user_changelist")
    answer = client.get(wanted)
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"{PAGE}?next=%2Fadmin%2Faccounts%2Fuser%2F",
    )


def test_who_has_none_makes_one_and_is_in(client: Client, helper: User) -> None:
    sign_in(client, helper)
    page = client.get(PAGE)
    assert "data:image/png;base64," in page.text
    shown = client.post(PAGE, {"code": code(key_on(page.text))})
    assert len(re.findall(r"<code>\w{5}-\w{5}</code>", shown.text)) == second_factor.BACKUP_CODES
    assert client.get(HOME).status_code == 200


def test_the_codes_on_paper_are_shown_once_and_kept_as_digests(
    client: Client, helper: User
) -> None:
    sign_in(client, helper)
    shown = client.post(PAGE, {"code": code(key_on(client.get(PAGE).text))}).text
    paper = re.findall(r"<code>(\w{5}-\w{5})</code>", shown)
    assert client.get(PAGE).status_code == 302
    stored = str(StaffDevice.objects.values_list("backup_codes").get())
    assert not [each for each in paper if each in stored or each.replace("-", "") in stored]


def test_the_key_is_not_in_the_database_in_the_clear(helper: User) -> None:
    key, _ = enrolled(helper)
    assert key.encode() not in bytes(StaffDevice.objects.get().key)


def test_a_wrong_first_code_makes_nothing_and_shows_the_same_key_again(
    client: Client, helper: User
) -> None:
    sign_in(client, helper)
    key = key_on(client.get(PAGE).text)
    page = client.post(PAGE, {"code": "000000"})
    assert key_on(page.text) == key
    assert not second_factor.is_enrolled(helper)


def test_a_key_that_was_shown_before_is_good_for_nothing_once_another_is_shown(
    client: Client, helper: User
) -> None:
    sign_in(client, helper)
    seen_by_another = key_on(client.get(PAGE).text)
    client.get(PAGE)
    client.post(PAGE, {"code": code(seen_by_another)})
    assert not second_factor.is_enrolled(helper)


def test_who_has_one_is_asked_for_it_and_never_shown_a_key(client: Client, helper: User) -> None:
    key, _ = enrolled(helper)
    sign_in(client, helper)
    page = client.get(PAGE)
    assert "enrolment-key" not in page.text
    answer = client.post(PAGE, {"code": code(key), "next": "/admin/accounts/user/"})
    assert answer["Location"] == "/admin/accounts/user/"
    assert client.get(HOME).status_code == 200


def test_one_cannot_be_made_again_over_it(helper: User) -> None:
    enrolled(helper)
    for attempt in (second_factor.begin, second_factor.resume):
        with pytest.raises(second_factor.AlreadyEnrolled):
            attempt(user=helper)
    with pytest.raises(second_factor.AlreadyEnrolled):
        second_factor.confirm(user=helper, code="123456")


@pytest.mark.parametrize("spaced", [False, True])
def test_a_code_is_taken_once(helper: User, *, spaced: bool) -> None:
    key, _ = enrolled(helper)
    shown = code(key)
    typed = f"{shown[:3]} {shown[3:]}" if spaced else shown
    assert second_factor.prove(user=helper, code=typed) == "code"
    with pytest.raises(second_factor.CodeRefused):
        second_factor.prove(user=helper, code=shown)


def test_a_code_from_before_the_last_one_is_refused(helper: User) -> None:
    key, _ = enrolled(helper)
    second_factor.prove(user=helper, code=code(key, steps=1))
    with pytest.raises(second_factor.CodeRefused):
        second_factor.prove(user=helper, code=code(key))


@pytest.mark.parametrize("steps", [-3, 3])
def test_a_code_of_another_time_is_refused(helper: User, steps: int) -> None:
    key, _ = enrolled(helper)
    with pytest.raises(second_factor.CodeRefused):
        second_factor.prove(user=helper, code=code(key, steps=steps))


@pytest.mark.parametrize("typed", ["١٢٣٤٥٦", "12345", "-12345", "1e5", "x" * 20])
def test_what_is_no_code_is_refused(helper: User, typed: str) -> None:
    enrolled(helper)
    with pytest.raises(second_factor.CodeRefused):
        second_factor.prove(user=helper, code=typed)


def test_a_code_from_paper_works_once_however_it_is_typed(helper: User) -> None:
    _, paper = enrolled(helper)
    assert second_factor.prove(user=helper, code=f" {paper[3].upper()}") == "backup_code"
    with pytest.raises(second_factor.CodeRefused):
        second_factor.prove(user=helper, code=paper[3])


def test_of_many_at_once_one_is_taken(live_db: None, hire: Hire) -> None:
    user = hire(None)
    key, _ = enrolled(user)
    shown = code(key)

    def taken(_: int) -> bool:
        try:
            return bool(second_factor.prove(user=user, code=shown))
        except second_factor.SecondFactorError:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=6) as pool:
        assert sum(pool.map(taken, range(6))) == 1


def test_anothers_codes_are_of_no_use(helper: User, boss: User) -> None:
    enrolled(helper)
    key, paper = enrolled(boss)
    with pytest.raises(second_factor.CodeRefused):
        second_factor.prove(user=helper, code=paper[0])
    StaffDevice.objects.update(throttling_failure_count=0)
    with pytest.raises(second_factor.CodeRefused):
        second_factor.prove(user=helper, code=code(key))


def test_after_a_wrong_code_even_the_right_one_must_wait(client: Client, helper: User) -> None:
    key, _ = enrolled(helper)
    sign_in(client, helper)
    assert "não confere" in client.post(PAGE, {"code": "000000"}).text
    StaffDevice.objects.update(throttling_failure_count=8)
    answer = client.post(PAGE, {"code": code(key)})
    assert (answer.status_code, 100 < int(answer["Retry-After"]) <= 128) == (429, True)
    assert client.get(HOME).status_code == 302


def test_what_one_may_do_half_way_is_prove_it_or_leave(client: Client, helper: User) -> None:
    enrolled(helper)
    sign_in(client, helper)
    assert client.get("/admin/login/")["Location"] == PAGE
    assert client.post(PAGE, {"leave": "1"})["Location"] == "/admin/login/"
    assert client.get(PAGE)["Location"] == HOME
    assert client.get(HOME)["Location"] == "/admin/login/?next=/admin/"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_it_leads_nowhere_else(client: Client, helper: User, wanted: str) -> None:
    key, _ = enrolled(helper)
    sign_in(client, helper)
    assert client.post(PAGE, {"code": code(key), "next": wanted})["Location"] == HOME


def test_the_session_gets_a_new_key_once_it_is_proven(client: Client, helper: User) -> None:
    key, _ = enrolled(helper)
    sign_in(client, helper)
    before = client.session.session_key
    client.post(PAGE, {"code": code(key)})
    assert client.session.session_key not in {before, None}


def test_signing_in_again_asks_for_it_again(client: Client, helper: User) -> None:
    key, _ = enrolled(helper)
    sign_in(client, helper)
    client.post(PAGE, {"code": code(key)})
    client.post("/admin/login/", {"username": helper.email, "password": PASSWORD})
    assert client.get(HOME)["Location"].startswith(PAGE)


def test_its_steps_are_in_the_audit(client: Client, helper: User) -> None:
    key, _ = enrolled(helper)
    sign_in(client, helper)
    client.post(PAGE, {"code": "000000"})
    StaffDevice.objects.update(throttling_failure_count=0)
    client.post(PAGE, {"code": code(key)})
    told = AuditEvent.objects.filter(user=helper).exclude(act="decrypted").order_by("pk")
    assert list(told.values_list("act", "result")) == [
        ("second_factor_changed", "enrolled"),
        ("sign_in_refused", "code"),
        ("signed_in", "code"),
    ]


def test_a_reset_takes_it_away_and_ends_the_sessions(client: Client, helper: User) -> None:
    key, _ = enrolled(helper)
    sign_in(client, helper)
    client.post(PAGE, {"code": code(key)})
    out = StringIO()
    call_command("reset_second_factor", helper.email.upper(), stdout=out)
    assert (out.getvalue(), client.get(HOME).status_code) == ("It is gone.\n", 302)
    assert not StaffSession.objects.live().exists()
    call_command("reset_second_factor", helper.email, stdout=out)
    assert out.getvalue().endswith("There was none.\n")


def test_a_reset_names_an_address_that_is_nobodys() -> None:
    with pytest.raises(CommandError, match=r"There is no user x@example\.com\."):
        call_command("reset_second_factor", "x@example.com")


def test_administrators_reset_it_for_others_but_not_for_themselves_or_a_superuser(
    client: Client, helper: User, boss: User, hire: Hire, settings: Settings
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    chief = hire(None, is_superuser=True)
    for user in (helper, boss, chief):
        enrolled(user)
    client.force_login(boss)
    chosen = [helper.pk, boss.pk, chief.pk]
    data = {"action": "reset_second_factor", "_selected_action": chosen}
    page = client.post(reverse("admin:accounts_user_changelist"), data, follow=True)
    assert "Segundos fatores apagados: 1." in page.text
    assert [second_factor.is_enrolled(user) for user in (helper, boss, chief)] == [
        False,
        True,
        True,
    ]
