"""A longer term without a trip to the bank: only on an explicit yes, and only once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent
from openfinance import consents, life, terms
from openfinance.models import Access, Consent, ConsentText, Notice
from openfinance.sandbox_bank.models import BrandState, Extension
from tests.openfinance.pages.conftest import Script
from tests.openfinance.pages.steps import Journey, again, main, phone


@pytest.fixture
def renewal(journey: Journey) -> Journey:
    """Return the journey of a link to renew what is connected for three months."""
    journey.connect(term="3")
    return again(journey)


def standing() -> Consent:
    return Consent.objects.authorised().get()


def say_yes(renewal: Journey, until: str = "12", *, shown: str | None = None) -> Any:
    """Open the page, and tap on the button of its longer terms."""
    found = re.search(r'name="offer" value="(\w{64})"', renewal.open().text)
    form = {"until": until, "offer": shown or (found[1] if found else "")}
    return renewal.client.post(f"{renewal.path}/prorrogar", form, follow=True)


def offered(page: Any) -> list[str]:
    return re.findall(r'name="until" value="(\w+)"', page.text)


def test_it_is_offered_with_longer_terms_only(renewal: Journey) -> None:
    assert offered(renewal.open()) == ["6", "12", "indefinite"]


def test_who_has_just_connected_for_the_longest_term_may_drop_its_end(journey: Journey) -> None:
    journey.connect(term="12")
    assert offered(again(journey).open()) == ["indefinite"]


@pytest.mark.parametrize("term", [None, "indefinite"])
def test_without_an_end_to_put_off_it_is_not_offered(journey: Journey, term: str | None) -> None:
    if term:
        journey.connect(term=term)
        journey = again(journey)
    assert "Prorrogar" not in main(journey.open())


def test_a_provider_that_cannot_does_not_offer_it(renewal: Journey, script: Script) -> None:
    script()
    Consent.objects.update(provider="pluggy")
    assert "Prorrogar" not in main(renewal.open())


def test_a_yes_extends_here_and_at_the_bank(renewal: Journey) -> None:
    before = standing()
    page = say_yes(renewal)
    consent = standing()
    assert consent.pk == before.pk
    assert consent.expires_at == Extension.objects.get().expires_at
    assert f"Até {timezone.localtime(consent.expires_at):%d/%m/%Y}" in main(page)
    assert "foi prorrogado" in main(page)


def test_it_is_kept_as_evidence(renewal: Journey) -> None:
    before = standing().expires_at
    say_yes(renewal)
    after = standing().expires_at
    details = standing().events.latest("pk").details
    text = ConsentText.objects.get(digest=details["text"]).text
    assert before
    assert after
    assert details["extended_from"] == before.isoformat()
    assert details["extended_until"] == after.isoformat()
    assert re.search(r"^\[x\] Até [\d/]+ 12 meses", text, re.MULTILINE)
    assert text.count("[x]") == 1


def test_it_is_audited_with_what_was_decrypted_for_it(renewal: Journey) -> None:
    say_yes(renewal)
    [event] = AuditEvent.objects.filter(act="consent_extended")
    decrypted = AuditEvent.objects.filter(act="decrypted", result="extension")
    assert (event.actor_kind, event.channel, event.result) == ("user", "page", "")
    assert sorted(each.details["column"] for each in decrypted) == ["access_token", "cpf"]


def test_a_term_may_lose_its_end(renewal: Journey) -> None:
    page = say_yes(renewal, "indefinite")
    assert "Indeterminado" in main(page)
    assert standing().expires_at is None


def test_loading_again_and_a_second_tap_show_the_result_and_extend_nothing(
    renewal: Journey,
) -> None:
    say_yes(renewal)
    for answer in (
        renewal.client.get(f"{renewal.path}/prorrogar"),
        renewal.client.post(f"{renewal.path}/prorrogar", {"until": "indefinite"}),
    ):
        assert "foi prorrogado" in main(answer)
    assert Extension.objects.count() == 1
    assert renewal.open().status_code == 410


def test_a_double_click_asks_the_bank_once(renewal: Journey) -> None:
    page = renewal.open().text
    found = re.search(r'name="offer" value="(\w{64})"', page)
    assert found
    form = {"until": "12", "offer": found[1]}

    def click(_: int) -> str:
        try:
            client = phone()
            client.cookies = renewal.client.cookies
            return main(client.post(f"{renewal.path}/prorrogar", form, follow=True))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(click, range(4)))
    assert Extension.objects.count() == 1
    assert standing().events.filter(details__has_key="extended_until").count() == 1
    assert not [page for page in pages if "prorrogado" not in page and "conferindo" not in page]


def test_a_yes_that_nobody_heard_the_end_of_says_to_look_again(renewal: Journey) -> None:
    renewal.open()
    renewal.link.used_at = timezone.now()
    renewal.link.bound_digest = type(renewal.link).objects.get(pk=renewal.link.pk).bound_digest
    renewal.link.save(update_fields=["used_at"])
    assert "Estamos conferindo" in main(renewal.client.get(f"{renewal.path}/prorrogar"))


def test_another_browser_extends_nothing(renewal: Journey) -> None:
    renewal.open()
    answer = phone().post(f"{renewal.path}/prorrogar", {"until": "12"})
    assert (answer.status_code, Extension.objects.count()) == (403, 0)


@pytest.mark.parametrize(("until", "shown"), [("12", "0" * 64), ("3", None), ("99", None)])
def test_what_was_not_read_or_not_offered_is_asked_again(
    renewal: Journey, until: str, shown: str | None
) -> None:
    page = say_yes(renewal, until, shown=shown)
    assert "Confira de novo" in main(page)
    assert Extension.objects.count() == 0


def test_looking_at_its_address_extends_nothing(renewal: Journey) -> None:
    renewal.open()
    page = renewal.client.get(f"{renewal.path}/prorrogar", follow=True)
    assert "Compartilhar dados de Nubank" in main(page)
    assert Extension.objects.count() == 0


@pytest.mark.parametrize(
    ("bank", "words"),
    [
        ({"needs_several_approvers": True}, "mais de um responsável"),
        ({"is_down": True}, "não respondeu agora"),
    ],
)
def test_a_bank_that_does_not_changes_nothing_and_leaves_every_way_open(
    renewal: Journey, bank: dict[str, bool], words: str
) -> None:
    before = standing()
    BrandState.objects.create(brand="nubank", **bank)
    page = say_yes(renewal)
    assert words in main(page)
    assert "Sua conexão continua ativa" in main(page)
    assert standing().expires_at == before.expires_at
    BrandState.objects.all().delete()
    assert "está conectado" in main(renewal.connect())


def test_a_term_that_the_bank_has_longer_already_leads_to_the_renewal(renewal: Journey) -> None:
    say_yes(renewal)
    Consent.objects.update(expires_at=timezone.now() + timedelta(days=30))
    page = say_yes(again(renewal), "6")
    assert "não aceita este prazo" in main(page)
    assert AuditEvent.objects.filter(act="consent_extended", result="wrong_term").exists()


def test_lost_tokens_lead_to_the_renewal(renewal: Journey) -> None:
    Access.objects.all().delete()
    assert "é preciso passar pelo banco" in main(say_yes(renewal))
    assert "está conectado" in main(renewal.connect())


def test_what_was_revoked_is_not_extended(renewal: Journey) -> None:
    renewal.open()
    life.revoke(connection=renewal.connection)
    assert "Compartilhar dados" in main(say_yes(renewal))
    assert Extension.objects.count() == 0


def test_the_new_end_is_warned_of_again(renewal: Journey) -> None:
    def warned_before_the_end() -> list[int]:
        end = standing().expires_at
        assert end
        return [terms.warn(now=end - timedelta(days=days)) for days in (14, 7, 7, 1)]

    assert warned_before_the_end() == [1, 1, 0, 1]
    say_yes(renewal)
    assert warned_before_the_end() == [1, 1, 0, 1]
    assert Notice.objects.filter(kind="ends_in_7").count() == 2


def test_what_is_extended_lives_on_after_the_old_end(renewal: Journey) -> None:
    old = standing().expires_at
    say_yes(renewal)
    assert terms.expire(now=old) == 0
    assert consents.shown(standing()) is Consent.Shown.ACTIVE
