"""A session of staff is short, seen, and ends when somebody says so."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import staff_sessions
from accounts.models import AuditEvent, StaffSession, User
from pierre.roles import Role
from tests.pierre.staff.conftest import PASSWORD, Hire, sign_in

pytestmark = pytest.mark.django_db

HOME = "/admin/"
LIST = "/admin/accounts/staffsession/"


def is_in(client: Client) -> bool:
    return client.get(HOME).status_code == 200


@pytest.fixture
def there(client: Client, helper: User) -> Client:
    sign_in(client, helper)
    return client


@pytest.mark.parametrize(
    ("column", "minutes", "stays"),
    [
        ("last_seen_at", 29, True),
        ("last_seen_at", 31, False),
        ("started_at", 479, True),
        ("started_at", 481, False),
    ],
)
def test_it_ends_when_idle_and_after_a_days_work(
    there: Client, helper: User, column: str, minutes: int, *, stays: bool
) -> None:
    StaffSession.objects.update(**{column: timezone.now() - timedelta(minutes=minutes)})
    assert is_in(there) is stays
    ends = AuditEvent.objects.filter(act="signed_out").values_list("result", "actor")
    assert list(ends) == ([] if stays else [("expired", str(helper.pk))])


@pytest.mark.usefixtures("asked_for")
def test_a_password_alone_is_good_for_ten_minutes(there: Client) -> None:
    assert there.get("/admin/second-factor/").status_code == 200
    StaffSession.objects.update(started_at=timezone.now() - timedelta(minutes=11))
    assert there.get("/admin/second-factor/")["Location"] == HOME
    assert there.get(HOME)["Location"].startswith("/admin/login/")


def test_it_is_noted_as_seen_once_a_minute(there: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        there.get(HOME)
    assert not [query for query in captured if 'SET "last_seen_at"' in query["sql"]]
    StaffSession.objects.update(last_seen_at=timezone.now() - timedelta(minutes=2))
    there.get(HOME)
    assert StaffSession.objects.get().last_seen_at > timezone.now() - timedelta(minutes=1)


def test_ended_from_elsewhere_it_is_over_with_the_next_page(there: Client, helper: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere, helper)
    mine, theirs = StaffSession.objects.all()
    there.post(LIST, {"action": "end", "_selected_action": [mine.pk]})
    assert (is_in(there), is_in(elsewhere)) == (True, False)
    assert not StaffSession.objects.live().filter(pk=mine.pk).exists()
    assert AuditEvent.objects.get(act="signed_out").target == f"accounts.staffsession:{mine.pk}"
    assert theirs.ended_at is None


def test_the_cookie_of_an_ended_session_is_dead_for_good(there: Client) -> None:
    StaffSession.objects.update(ended_at=timezone.now())
    cookie = there.cookies["sessionid"].value
    there.get(HOME)
    StaffSession.objects.update(ended_at=None)
    thief = Client()
    thief.cookies["sessionid"] = cookie
    assert not is_in(thief)


def test_everybody_sees_their_own_and_administrators_all(
    there: Client, helper: User, boss: User
) -> None:
    at_the_boss = Client(headers={"User-Agent": "Navegador da chefe"})
    sign_in(at_the_boss, boss)
    assert "Navegador da chefe" not in there.get(LIST).text
    seen = at_the_boss.get(LIST).text
    assert (helper.email in seen, boss.email in seen) == (True, True)


def test_one_ends_nobody_elses(there: Client, hire: Hire, boss: User) -> None:
    auditor = Client()
    sign_in(auditor, hire(Role.AUDITOR))
    chosen = list(StaffSession.objects.values_list("pk", flat=True))
    auditor.post(LIST, {"action": "end", "_selected_action": chosen})
    assert (is_in(there), is_in(auditor)) == (True, False)
    at_the_boss = Client()
    sign_in(at_the_boss, boss)
    at_the_boss.post(LIST, {"action": "end", "_selected_action": chosen})
    assert not is_in(there)


def test_no_page_has_the_key_of_a_session(there: Client) -> None:
    pk = StaffSession.objects.get().pk
    key = there.session.session_key
    assert key
    for address in (LIST, f"{LIST}{pk}/change/", f"{LIST}{pk}/history/"):
        page = there.get(address)
        assert (page.status_code, key in page.text) == (200, False)


def test_a_new_password_ends_ones_other_sessions(there: Client, helper: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere, helper)
    new = "outra senha comprida"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert there.post("/admin/password_change/", data).status_code == 302
    assert (is_in(there), is_in(elsewhere)) == (True, False)
    assert StaffSession.objects.live().count() == 1


def test_a_password_that_an_administrator_sets_ends_them_all(
    there: Client, helper: User, boss: User
) -> None:
    at_the_boss = Client()
    sign_in(at_the_boss, boss)
    new = "outra senha comprida"
    address = reverse("admin:auth_user_password_change", args=[helper.pk])
    at_the_boss.post(address, {"usable_password": "true", "password1": new, "password2": new})
    assert not is_in(there)
    assert not StaffSession.objects.live().filter(user=helper).exists()


def test_who_is_deactivated_or_no_longer_staff_is_out_at_once(there: Client, helper: User) -> None:
    User.objects.filter(pk=helper.pk).update(is_staff=False)
    assert not is_in(there)
    User.objects.filter(pk=helper.pk).update(is_staff=True, is_active=False)
    assert not is_in(there)


def test_only_the_last_of_several_sign_ins_of_one_browser_is_live(
    there: Client, helper: User
) -> None:
    sign_in(there, helper)
    assert StaffSession.objects.count() == 2
    assert StaffSession.objects.live().count() == 1


def test_all_of_ones_sessions_are_locked_before_the_first_event(helper: User) -> None:
    for _ in range(2):
        staff_sessions.start(user=helper, address="", user_agent="")
    with CaptureQueriesContext(connection) as captured:
        assert staff_sessions.end_all(user=helper, why="ended") == 2
    locks = [query["sql"] for query in captured if query["sql"].endswith("FOR UPDATE")]
    tables = ["session" if "accounts_staffsession" in lock else "audit" for lock in locks]
    assert tables == ["session", "audit", "audit"]


def test_an_end_is_told_once(helper: User) -> None:
    session = staff_sessions.start(user=helper, address="", user_agent="x" * 500)
    assert staff_sessions.end(session=session, why="ended")
    assert not staff_sessions.end(session=session, why="ended")
    assert AuditEvent.objects.filter(act="signed_out").count() == 1
