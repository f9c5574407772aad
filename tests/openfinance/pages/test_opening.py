"""A link belongs to the browser that opened it first, and is good for a while."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, User
from openfinance import openings
from openfinance.models import ConnectionLink
from tests.openfinance.pages.steps import Journey, computer, main, phone

HERE = "/aqui"


def is_bound(journey: Journey) -> bool:
    journey.link.refresh_from_db()
    return bool(journey.link.bound_digest)


def test_the_first_phone_gets_the_page_and_keeps_it(journey: Journey) -> None:
    assert "Compartilhar dados de Nubank" in main(journey.open())
    assert "Compartilhar dados de Nubank" in main(journey.open())
    assert is_bound(journey)


def test_only_the_opening_is_in_the_audit_as_the_persons(journey: Journey) -> None:
    journey.open()
    journey.open()
    event = AuditEvent.objects.get(act=AuditEvent.Act.LINK_OPENED)
    assert (event.actor_kind, event.actor) == ("user", str(journey.link.user_id))
    assert event.target == f"openfinance.connectionlink:{journey.link.pk}"


def test_the_secret_is_for_this_links_pages_only_and_no_script_reads_it(journey: Journey) -> None:
    cookie = journey.open().cookies["aparelho"]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == (journey.path, "Lax", True)
    assert cookie["max-age"] == 3600
    assert cookie.value not in journey.link.bound_digest


@pytest.mark.parametrize("is_open", [False, True])
def test_it_is_over_for_who_was_deactivated(journey: Journey, *, is_open: bool) -> None:
    if is_open:
        journey.open()
    User.objects.filter(pk=journey.link.user_id).update(is_active=False)
    assert journey.open().status_code == 404
    assert journey.client.post(journey.path, {"term": "12"}).status_code == 404


def test_in_production_the_secret_travels_over_tls_only(
    journey: Journey, settings: Settings
) -> None:
    settings.DEVELOPMENT = False
    assert journey.open().cookies["aparelho"]["secure"]


def test_another_phone_is_told_so_and_offered_a_new_link(
    journey: Journey, settings: Settings
) -> None:
    settings.WHATSAPP_NUMBER = "551140042000"
    journey.open()
    answer = phone().get(journey.path)
    assert (answer.status_code, "aberto em outro aparelho" in main(answer)) == (403, True)
    assert 'href="https://wa.me/551140042000?text=conectar"' in answer.text


def test_another_phone_cannot_say_yes_either(journey: Journey) -> None:
    journey.open()
    assert phone().post(journey.path, {"term": "12"}).status_code == 403
    assert phone().post(f"{journey.path}/banco").status_code == 403


def test_of_two_that_come_at_once_one_is_first(journey: Journey) -> None:
    twin = ConnectionLink.objects.get()
    assert openings.bind(journey.link)
    assert openings.bind(twin) is None


def test_a_computer_shows_the_way_to_the_phone_and_opens_nothing(journey: Journey) -> None:
    page = computer().get(journey.path)
    assert 'src="data:image/png;base64,' in page.text
    assert "chega na conversa do WhatsApp" in main(page)
    assert not is_bound(journey)
    assert "Compartilhar dados" in main(journey.open())


def test_whoever_stays_at_the_computer_opens_it_there(journey: Journey) -> None:
    browser = computer()
    page = browser.post(journey.path + HERE, follow=True)
    assert "Compartilhar dados de Nubank" in main(page)
    assert phone().get(journey.path).status_code == 403


def test_staying_again_changes_nothing(journey: Journey) -> None:
    browser = computer()
    browser.post(journey.path + HERE)
    assert browser.post(journey.path + HERE, follow=True).status_code == 200
    assert phone().post(journey.path + HERE).status_code == 403


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch"}, {"User-Agent": "WhatsApp/2.24"}])
def test_whatever_looks_before_a_person_does_opens_nothing(
    journey: Journey, headers: dict[str, str]
) -> None:
    page = journey.client.get(journey.path, headers=headers)
    assert page.status_code == 200
    assert not is_bound(journey)
    assert "Quais dados" not in page.text


def test_nobody_says_yes_to_a_page_that_was_not_opened(journey: Journey) -> None:
    page = phone().post(journey.path, {"term": "12"})
    assert "Quais dados" not in page.text
    assert not journey.link.consents.exists()


def test_who_opened_it_in_time_has_an_hour(journey: Journey) -> None:
    journey.open()
    ConnectionLink.objects.update(expires_at=timezone.now())
    assert journey.open().status_code == 200
    ConnectionLink.objects.update(opened_at=timezone.now() - timedelta(minutes=60))
    assert journey.open().status_code == 404


def test_who_comes_too_late_cannot_open_it(journey: Journey) -> None:
    ConnectionLink.objects.update(expires_at=timezone.now())
    answer = journey.open()
    assert (answer.status_code, "Este link não vale mais" in main(answer)) == (404, True)
    assert not is_bound(journey)


def test_a_link_that_has_done_its_work_says_so(journey: Journey) -> None:
    journey.connect()
    answer = journey.open()
    assert (answer.status_code, "Este link já foi usado" in main(answer)) == (410, True)


def test_a_form_of_another_site_is_refused_in_portuguese(journey: Journey) -> None:
    journey.open()
    journey.client.handler.enforce_csrf_checks = True
    answer = journey.client.post(journey.path, {"term": "12"})
    assert (answer.status_code, "não pôde ser enviada" in main(answer)) == (403, True)
