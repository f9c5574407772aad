"""A plan that includes no more, or nothing, met on a page by who got there before."""

import pytest
from django.utils import timezone

from accounts import subscriptions
from accounts.models import Plan, User
from openfinance import choices
from openfinance.models import ConnectionLink, Consent
from tests.openfinance import rows
from tests.openfinance.pages.steps import Journey, again, main, phone
from whatsapp import outbox


@pytest.fixture
def full(journey: Journey, alice: User) -> None:
    """Alice has another bank already, and her plan includes one connection."""
    rows.consent(alice, "itau")
    Plan.objects.filter(slug="premium").update(max_connections=1)


def put_on(user: User, slug: str) -> None:
    subscriptions.change_plan(
        subscription=user.subscriptions.get(), plan=Plan.objects.get(slug=slug)
    )


@pytest.mark.usefixtures("full")
def test_the_page_says_the_limit_before_anything_is_read(journey: Journey) -> None:
    page = journey.open()
    assert (page.status_code, "chegou ao limite de conexões" in main(page)) == (403, True)
    assert "inclui 1 conexão, e você já tem 1." in main(page)
    assert 'href="https://pierre.finance/plans"' in page.text


def test_a_page_that_was_open_is_refused_at_the_yes(journey: Journey, alice: User) -> None:
    journey.open()
    shown = journey.client.get(journey.path).text
    rows.consent(alice, "itau")
    Plan.objects.filter(slug="premium").update(max_connections=1)
    assert 'name="shown"' in shown
    page = journey.agree()
    assert (page.status_code, Consent.objects.count()) == (403, 1)


def test_the_link_is_still_good_once_there_is_room(journey: Journey, alice: User) -> None:
    other = rows.consent(alice, "itau")
    Plan.objects.filter(slug="premium").update(max_connections=1)
    assert journey.open().status_code == 403
    Consent.objects.filter(pk=other.pk).update(status="ended", ended_at=timezone.now())
    journey.connect()
    assert journey.consent.status == "authorised"


def test_whoever_has_all_that_is_included_renews_it(journey: Journey) -> None:
    Plan.objects.filter(slug="premium").update(max_connections=1)
    journey.connect()
    renewal = again(journey)
    renewal.connect()
    assert renewal.consent.status == "authorised"


@pytest.mark.usefixtures("full")
def test_a_renewal_over_the_limit_is_refused_with_a_kind_page(
    journey: Journey, alice: User
) -> None:
    rows.consent(alice, "nubank")
    browser = phone()
    link = choices.manage(user=alice, to=alice.phone)
    path = f"/conexoes/{outbox.token(link.message)}"
    browser.get(path)
    page = browser.post(f"{path}/{journey.connection.pk}/renovar")
    assert page.status_code == 403
    assert "inclui 1 conexão, e você já tem 2." in main(page)
    assert "não dá para renovar Nubank agora" in main(page)
    assert Consent.objects.filter(status="authorised").count() == 2


def test_after_a_downgrade_what_is_connected_stays_and_cannot_be_renewed(
    journey: Journey, alice: User
) -> None:
    journey.connect()
    renewal = again(journey)
    put_on(alice, "basic")
    page = renewal.open()
    assert (page.status_code, "Não dá para renovar Nubank por aqui" in main(page)) == (403, True)
    assert journey.consent.status == "authorised"
    put_on(alice, "premium")
    assert renewal.open().status_code == 200


def test_nor_can_it_be_extended(journey: Journey, alice: User) -> None:
    journey.connect(term="3")
    renewal = again(journey)
    renewal.open()
    before = journey.consent.expires_at
    put_on(alice, "basic")
    page = renewal.client.post(f"{renewal.path}/prorrogar", {"until": "12"})
    assert (page.status_code, journey.consent.expires_at) == (403, before)


def test_whoever_is_at_the_bank_during_a_downgrade_is_connected_all_the_same(
    journey: Journey, alice: User
) -> None:
    returned = journey.go(journey.agree())
    put_on(alice, "basic")
    journey.come_back(returned)
    assert journey.consent.status == "authorised"
    assert ConnectionLink.objects.get().used_at
