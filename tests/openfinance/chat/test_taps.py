"""A bank tapped on a list or on a template, and whose message it was tapped on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Plan, Subscription, User
from openfinance import flows
from openfinance.models import Bank, ConnectionLink, Conversation, Flow
from tests.openfinance.chat import phone
from tests.openfinance.chat.phone import Phone, arrive, buttons, kinds, rows, text
from whatsapp.models import OutgoingMessage

LIST = "wamid.list"


@pytest.fixture
def flow(alice: User) -> Flow:
    """Return the flow whose list Alice has on her phone, as LIST."""
    flow = flows.enqueue(user=alice)
    arrive(flow.message, LIST)
    return flow


def grow_old(flow: Flow, **age: float) -> None:
    then = timezone.now() - timedelta(**age)
    Flow.objects.filter(pk=flow.pk).update(created_at=then)
    OutgoingMessage.objects.filter(pk=flow.message_id).update(created_at=then)


def test_a_bank_picked_from_the_list_starts_its_connection(
    hers: Phone, flow: Flow, alice: User
) -> None:
    assert kinds(hers.picks("bank:nubank", on=LIST)) == ["cta_url"]
    link = ConnectionLink.objects.get()
    assert (link.user, link.bank.slug, link.flow, link.via) == (alice, "nubank", flow, "list")


def test_a_bank_tapped_on_the_template_starts_its_connection(hers: Phone, flow: Flow) -> None:
    assert kinds(hers.replies("bank:itau", on=LIST)) == ["cta_url"]
    link = ConnectionLink.objects.get()
    assert (link.bank.slug, link.flow, link.via) == ("itau", flow, "template")


def test_a_quick_reply_without_a_payload_is_read_by_its_text(hers: Phone) -> None:
    assert kinds(hers.replies(None, text="Nubank")) == ["cta_url"]
    assert text(hers.replies(None, text="Outro banco")).startswith("Qual é o seu banco?")
    assert kinds(hers.replies("Renovar", text="Renovar")) == ["interactive_list"]


def test_the_answer_goes_to_the_number_that_they_write_from(alice: User) -> None:
    (link,) = Phone(wa_id="551187654321").picks("bank:nubank")
    assert (link.phone, link.user) == ("+551187654321", alice)


def test_tapping_the_same_bank_twice_sends_one_link(hers: Phone, flow: Flow) -> None:
    assert len(hers.picks("bank:nubank", on=LIST)) == 1
    assert hers.picks("bank:nubank", on=LIST) == []


def test_whoever_changes_their_mind_gets_the_other_bank(hers: Phone, flow: Flow) -> None:
    hers.picks("bank:nubank", on=LIST)
    hers.picks("bank:inter", on=LIST)
    assert [link.bank.slug for link in flow.links.all()] == ["inter", "nubank"]


def test_a_link_that_may_still_arrive_is_told_of_and_not_sent_again(hers: Phone) -> None:
    (sent,) = hers.picks("bank:nubank")
    long_ago = timezone.now() - timedelta(minutes=10)
    OutgoingMessage.objects.filter(pk=sent.pk).update(created_at=long_ago, status="unknown")
    ConnectionLink.objects.update(created_at=long_ago)
    assert text(hers.picks("bank:nubank")).startswith("Você escolheu *Nubank*.")
    assert ConnectionLink.objects.count() == 1


def test_a_list_is_good_for_days_but_not_for_ever(hers: Phone, flow: Flow) -> None:
    grow_old(flow, days=6, hours=23)
    assert kinds(hers.picks("bank:nubank", on=LIST)) == ["cta_url"]
    grow_old(flow, days=7, hours=1)
    answer = hers.picks("bank:itau", on=LIST)
    assert text(answer).startswith("Essa escolha já não vale mais.")
    assert buttons(answer) == ["request:connect"]


def test_the_button_of_an_answer_leads_on(hers: Phone, flow: Flow) -> None:
    grow_old(flow, days=8)
    (button,) = buttons(hers.picks("bank:itau", on=LIST))
    assert kinds(hers.presses(button)) == ["interactive_list"]


def test_a_tap_on_somebody_elses_message_moves_nobodys_flow(flow: Flow, bruno: User) -> None:
    Subscription.objects.filter(user=bruno).update(plan=Plan.objects.get(slug="premium"))
    answer = phone.of(bruno).picks("bank:nubank", on=LIST)
    assert text(answer).startswith("Essa escolha já não vale mais.")
    assert not ConnectionLink.objects.exists()


def test_a_stranger_who_taps_on_somebodys_message_moves_nothing(flow: Flow) -> None:
    answer = Phone(wa_id="5511999990000").picks("bank:nubank", on=LIST)
    assert text(answer).startswith("Oi! Este é o WhatsApp do Pierre")
    assert not ConnectionLink.objects.exists()


def test_a_tap_on_a_message_that_we_never_sent_is_answered(hers: Phone) -> None:
    assert text(hers.picks("bank:nubank", on="wamid.who")).startswith("Essa escolha já não vale")


def test_a_tap_on_a_message_whose_sending_had_no_answer_counts(hers: Phone, flow: Flow) -> None:
    OutgoingMessage.objects.update(status="unknown", whatsapp_id="")
    hers.picks("bank:nubank", on="wamid.never-learnt")
    assert ConnectionLink.objects.get().flow == flow


def test_a_tap_without_its_message_belongs_to_their_last_flow(hers: Phone, flow: Flow) -> None:
    hers.picks("bank:nubank")
    assert ConnectionLink.objects.get().flow == flow


def test_a_tap_on_what_a_search_found_belongs_to_their_last_flow(hers: Phone, flow: Flow) -> None:
    hers.picks("other-bank", on=LIST)
    (found,) = hers.writes("mercado")
    hers.picks("bank:mercado-pago", on=arrive(found, "wamid.found"))
    assert ConnectionLink.objects.get().flow == flow


@pytest.mark.parametrize(
    "change", [{"deactivated_at": timezone.now()}, {"unavailable_reason": "x"}]
)
def test_a_bank_that_staff_took_away_is_told_with_other_ways(
    hers: Phone, flow: Flow, change: dict[str, object]
) -> None:
    Bank.objects.filter(slug="nubank").update(**change)
    answer = hers.picks("bank:nubank", on=LIST)
    assert text(answer).startswith("*Nubank* não está disponível")
    assert buttons(answer) == ["request:connect", "request:other_bank"]


@pytest.mark.parametrize("row", ["bank:no-such-bank", "bank:", "bank:" + "x" * 195])
def test_a_bank_that_does_not_exist_is_told(hers: Phone, row: str) -> None:
    assert text(hers.picks(row)).startswith("Esse banco não está disponível")


def test_a_row_of_no_kind_that_we_know_is_read_by_its_title(hers: Phone) -> None:
    assert text(hers.presses("cn:retry", title="Ajuda")).startswith("Veja o que dá para fazer")
    assert text(hers.presses("request:nonsense", title="status")).startswith("Você ainda não")


def test_who_is_no_longer_premium_gets_the_notice(hers: Phone, flow: Flow, alice: User) -> None:
    Subscription.objects.filter(user=alice).update(plan=Plan.objects.get(slug="pro"))
    (notice,) = hers.picks("bank:nubank", on=LIST)
    assert (notice.kind, notice.flow.route) == ("cta_url", "notice")
    assert hers.picks("other-bank", on=LIST) == []  # they have just had it
    assert not ConnectionLink.objects.exists()


def test_who_has_no_subscription_any_more_hears_that(hers: Phone, flow: Flow, alice: User) -> None:
    Subscription.objects.filter(user=alice).delete()
    assert text(hers.picks("bank:nubank", on=LIST)).startswith("Sua assinatura não está ativa")


def test_whose_phone_is_no_longer_verified_hears_how_to_go_on(
    hers: Phone, flow: Flow, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(phone_verified_at=None)
    assert "confirme seu celular no Pierre" in text(hers.picks("bank:nubank", on=LIST))


def test_other_bank_asks_for_its_name_even_on_an_old_list(hers: Phone, flow: Flow) -> None:
    grow_old(flow, days=30)
    assert text(hers.picks("other-bank", on=LIST)).startswith("Qual é o seu banco?")
    assert Conversation.objects.get().asked_for_bank_at


def test_the_list_that_a_search_gives_keeps_to_ten_rows(hers: Phone) -> None:
    hers.picks("other-bank")
    found = rows(hers.writes("ban"))
    assert (len(found), found[-1]) == (10, "other-bank")
