"""The Flow that chooses a bank, from its first screen to the link, asked as a phone asks."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from openfinance import bank_flow, catalogue
from openfinance.models import Bank, ConnectionLink, FlowToken
from tests.openfinance import flow_phone
from tests.openfinance.flow_phone import OpenFlow
from whatsapp import outbox
from whatsapp.models import BusinessNumber, Contact, OutgoingMessage


@pytest.fixture(autouse=True)
def _published(db: None, tmp_path: Path, settings: Settings) -> None:
    catalogue.sync()
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = flow_phone.publish(tmp_path)


@pytest.fixture
def flow(alice: User) -> OpenFlow:
    return flow_phone.open_for(alice)


def token_row() -> FlowToken:
    return FlowToken.objects.get()


def links_sent() -> int:
    return OutgoingMessage.objects.filter(kind="cta_url").count()


def ended_with(flow: OpenFlow, words: str) -> bool:
    """Tell whether the Flow is closed at every step, with these words for the person."""
    asked = [flow.init(), flow.search("nu"), flow.choose("nubank"), flow.start("nubank")]
    return all(a.status == 427 and words in a.payload["error_msg"] for a in asked)


def test_the_whole_way_ends_with_one_link(flow: OpenFlow, alice: User) -> None:
    assert flow.init().screen == "BANKS"
    assert "nubank" in flow.search("nubank").banks
    assert flow.choose("nubank").screen == "STEPS"
    assert flow.start("nubank").screen == "DONE"
    link = ConnectionLink.objects.get()
    assert (link.user, link.bank.slug, link.via) == (alice, "nubank", "native_flow")
    assert (link.flow, link.message.phone) == (token_row().message.flow, alice.phone)


def test_what_was_chosen_is_kept_on_the_token(flow: OpenFlow) -> None:
    flow.choose("inter")
    flow.start("inter")
    row = token_row()
    assert row.bank
    assert (row.bank.slug, row.finished_at is not None) == ("inter", True)


def test_it_opens_with_the_favourites_first(flow: OpenFlow) -> None:
    Bank.objects.filter(slug="caixa").update(position=5000)
    banks = flow.init().banks
    assert banks[:6] == ["nubank", "itau", "bradesco", "banco-do-brasil", "santander", "inter"]
    assert banks.index("caixa") < 9
    assert len(banks) == 20


def test_the_first_opening_is_remembered(flow: OpenFlow) -> None:
    flow.init()
    first = token_row().opened_at
    flow.init()
    assert first is not None
    assert token_row().opened_at == first


def test_there_is_a_note_that_more_banks_exist(flow: OpenFlow) -> None:
    data = flow.init().data
    assert (data["more_than_shown"], data["nothing_found"]) == (True, False)


@pytest.mark.parametrize("query", ["nubnk", "NUBANK", "roxinho", "260"])
def test_a_search_is_as_tolerant_as_the_chats(flow: OpenFlow, query: str) -> None:
    answer = flow.search(query)
    assert answer.banks[0] == "nubank"
    assert not answer.data["more_than_shown"]


@pytest.mark.parametrize("query", ["xyzxyz", "x" * 5000, "'; DROP TABLE", "💰"])
def test_a_search_without_a_hit_offers_the_first_list_and_says_so(
    flow: OpenFlow, query: str
) -> None:
    answer = flow.search(query)
    assert answer.data["nothing_found"] is True
    assert answer.banks == flow.init().banks


@pytest.mark.parametrize("query", ["", "   ", 5, None, ["nubank"], {"a": "b"}])
def test_a_search_for_nothing_is_the_first_list(flow: OpenFlow, query: object) -> None:
    answer = flow.search(query)
    assert answer.data["nothing_found"] is False
    assert answer.banks == flow.init().banks


def test_a_choice_without_a_bank_but_with_a_query_is_a_search(flow: OpenFlow) -> None:
    answer = flow.choose("", "inter")
    assert answer.banks[0] == "inter"
    assert not answer.data["nothing_chosen"]


@pytest.mark.parametrize("bank", ["", None, "no-such-bank", 7, ["nubank"], {"id": "nubank"}])
def test_a_choice_of_no_bank_we_know_says_that_one_is_needed(flow: OpenFlow, bank: object) -> None:
    answer = flow.choose(bank)
    assert answer.screen == "BANKS"
    assert answer.data["nothing_chosen"] is True


def test_a_choice_without_the_bank_at_all_is_the_same(flow: OpenFlow) -> None:
    answer = flow.ask("data_exchange", "BANKS", step="choose")
    assert answer.data["nothing_chosen"] is True


@pytest.mark.parametrize(
    "change", [{"deactivated_at": timezone.now()}, {"unavailable_reason": "x"}]
)
def test_a_bank_that_cannot_be_chosen_is_neither_listed_nor_taken(
    flow: OpenFlow, change: dict[str, object]
) -> None:
    Bank.objects.filter(slug="nubank").update(**change)
    assert "nubank" not in flow.init().banks
    assert "nubank" not in flow.search("nubank").banks
    assert flow.choose("nubank").screen == "BANKS"
    assert flow.start("nubank").screen == "BANKS"
    assert links_sent() == 0


def test_a_bank_that_goes_away_at_the_last_step_is_told_there(flow: OpenFlow) -> None:
    flow.choose("nubank")
    Bank.objects.filter(slug="nubank").update(deactivated_at=timezone.now())
    answer = flow.start("nubank")
    assert (answer.screen, answer.data["bank_id"]) == ("STEPS", "nubank")
    assert "não está disponível" in answer.data["error_message"]
    assert links_sent() == 0


def test_without_any_bank_it_is_closed_with_a_reason(flow: OpenFlow) -> None:
    Bank.objects.update(deactivated_at=timezone.now())
    answer = flow.init()
    assert (answer.status, "Nenhum banco" in answer.payload["error_msg"]) == (427, True)


def test_going_back_shows_the_list_again(flow: OpenFlow) -> None:
    flow.choose("nubank")
    assert flow.back() == flow.init()
    assert flow.choose("inter").data["bank_id"] == "inter"
    assert flow.start("inter").screen == "DONE"


def test_a_start_without_a_choice_shows_the_steps_first(flow: OpenFlow) -> None:
    assert flow.start("nubank").screen == "STEPS"
    assert links_sent() == 0
    assert flow.start("nubank").screen == "DONE"


def test_a_start_with_another_bank_than_was_chosen_shows_its_steps_first(flow: OpenFlow) -> None:
    flow.choose("nubank")
    answer = flow.start("inter")
    assert (answer.screen, answer.data["bank_id"]) == ("STEPS", "inter")
    assert links_sent() == 0


@pytest.mark.parametrize("bank", ["no-such-bank", "", None, 7, ["nubank"], "\ud7ff" * 3])
def test_a_start_with_no_bank_we_know_shows_the_list(flow: OpenFlow, bank: object) -> None:
    flow.choose("nubank")
    assert flow.start(bank).screen == "BANKS"
    assert links_sent() == 0


def test_a_start_without_a_bank_at_all_shows_the_list(flow: OpenFlow) -> None:
    flow.choose("nubank")
    assert flow.ask("data_exchange", "STEPS", step="start").screen == "BANKS"


@pytest.mark.parametrize("step", ["", "finish", "START", None, 3, ["start"], {"start": 1}])
def test_an_unknown_step_shows_the_list(flow: OpenFlow, step: object) -> None:
    answer = flow.ask("data_exchange", "NOWHERE", step=step, bank="nubank")
    assert answer.screen == "BANKS"
    assert links_sent() == 0


def test_every_step_again_has_the_same_answer(flow: OpenFlow) -> None:
    assert flow.init() == flow.init()
    assert flow.search("banco") == flow.search("banco")
    assert flow.choose("nubank") == flow.choose("nubank")
    assert flow.start("nubank") == flow.start("nubank") == flow.start("nubank")
    assert links_sent() == 1


def test_after_the_end_nothing_but_that_step_is_answered(flow: OpenFlow) -> None:
    flow.choose("nubank")
    done = flow.start("nubank")
    others = [flow.init(), flow.back(), flow.search(""), flow.choose("inter"), flow.start("inter")]
    assert [answer.status for answer in others] == [427] * 5
    assert "não vale mais" in others[0].payload["error_msg"]
    assert flow.start("nubank") == done
    assert links_sent() == 1


def test_the_last_step_is_the_same_even_if_much_has_changed_since(
    flow: OpenFlow, alice: User
) -> None:
    flow.choose("nubank")
    done = flow.start("nubank")
    FlowToken.objects.update(expires_at=timezone.now())
    Bank.objects.update(deactivated_at=timezone.now())
    alice.subscriptions.all().delete()
    assert flow.start("nubank") == done


def test_a_process_killed_before_the_commit_leaves_nothing_and_the_next_sends(
    flow: OpenFlow,
) -> None:
    flow.choose("nubank")
    with transaction.atomic():
        flow.start("nubank")
        transaction.set_rollback(True)
    assert (links_sent(), token_row().finished_at) == (0, None)
    assert flow.start("nubank").screen == "DONE"
    assert links_sent() == 1


def test_a_bank_just_chosen_in_the_list_gets_no_second_link(flow: OpenFlow, alice: User) -> None:
    other = flow_phone.open_for(alice)
    for each in (flow, other):
        each.choose("nubank")
        assert each.start("nubank").screen == "DONE"
    assert links_sent() == 1


@pytest.mark.parametrize("token", ["unused", "x" * 4096, "😀", "0" * 32])
def test_an_unknown_token_is_closed(token: str) -> None:
    assert ended_with(OpenFlow(token=token), "não vale mais")


def test_a_token_that_has_expired_is_closed(flow: OpenFlow) -> None:
    flow.choose("nubank")
    FlowToken.objects.update(expires_at=timezone.now())
    assert ended_with(flow, "não vale mais")
    assert links_sent() == 0


def test_a_token_whose_message_was_replaced_is_closed(flow: OpenFlow, alice: User) -> None:
    other = OutgoingMessage.objects.create(user=alice, phone=alice.phone, kind="x", payload={})
    old = token_row().message.flow
    old.message = other
    old.save()
    assert ended_with(flow, "não vale mais")


def test_one_persons_token_says_nothing_of_anothers(flow: OpenFlow, clara: User) -> None:
    clara.subscriptions.update(plan=User.objects.get(name="Alice").subscriptions.get().plan)
    theirs = flow_phone.open_for(clara)
    flow.choose("nubank")
    assert theirs.start("nubank").screen == "STEPS"
    theirs.start("nubank")
    assert ConnectionLink.objects.get().user == clara
    assert flow.start("nubank").screen == "DONE"
    assert {link.message.phone for link in ConnectionLink.objects.all()} == {
        "+5511987654321",
        clara.phone,
    }


def test_who_lost_the_subscription_gets_no_link(flow: OpenFlow, alice: User) -> None:
    flow.choose("nubank")
    alice.subscriptions.update(current_period_end=timezone.now())
    assert ended_with(flow, "Seu plano atual")
    assert links_sent() == 0


def test_who_went_to_a_plan_without_the_connection_gets_no_link(
    flow: OpenFlow, alice: User, bruno: User
) -> None:
    flow.choose("nubank")
    alice.subscriptions.update(plan=bruno.subscriptions.get().plan)
    assert ended_with(flow, "Seu plano atual")
    assert links_sent() == 0


def test_who_opted_out_gets_no_link(flow: OpenFlow) -> None:
    flow.choose("nubank")
    Contact.objects.update(opted_out_at=timezone.now())
    assert ended_with(flow, "escreva voltar")
    assert links_sent() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"phone": "+5511912345678"},
        {"phone": ""},
        {"phone_verified_at": None},
        {"is_active": False},
    ],
)
def test_whose_phone_is_another_or_not_theirs_gets_no_link(
    flow: OpenFlow, change: dict[str, object]
) -> None:
    flow.choose("nubank")
    User.objects.update(**change)
    assert ended_with(flow, "não vale mais")
    assert links_sent() == 0


def test_a_number_that_passed_to_somebody_else_gets_no_link(flow: OpenFlow) -> None:
    flow.choose("nubank")
    Contact.objects.update(took_number_at=timezone.now())
    assert ended_with(flow, "não vale mais")


def test_where_the_window_has_closed_no_link_is_sent_that_would_be_refused(flow: OpenFlow) -> None:
    flow.choose("nubank")
    Contact.objects.update(window_ends_at=timezone.now())
    assert ended_with(flow, "não vale mais")


@pytest.mark.parametrize("to", ["+551187654321", "BR.1349"])
def test_the_link_goes_where_the_flow_went(alice: User, to: str) -> None:
    Contact.objects.update(user_id="BR.1349")
    flow = flow_phone.open_for(alice, to=to)
    flow.choose("nubank")
    assert flow.start("nubank").screen == "DONE"
    assert ConnectionLink.objects.get().message.phone == to


def test_a_user_id_that_is_nobodys_any_more_gets_no_link(alice: User) -> None:
    Contact.objects.update(user_id="BR.1349")
    flow = flow_phone.open_for(alice, to="BR.1349")
    Contact.objects.update(user_id="BR.1350")
    assert ended_with(flow, "não vale mais")


def test_while_nothing_leaves_our_number_the_last_step_asks_to_try_later(flow: OpenFlow) -> None:
    flow.choose("nubank")
    number = BusinessNumber.objects.create(
        phone_number_id="106540352242922", stopped_at=timezone.now()
    )
    answer = flow.start("nubank")
    assert (answer.screen, "alguns minutos" in answer.data["error_message"]) == ("STEPS", True)
    assert (links_sent(), token_row().finished_at) == (0, None)
    number.delete()
    assert flow.start("nubank").screen == "DONE"


def test_a_finished_flow_is_confirmed_with_its_bank(flow: OpenFlow) -> None:
    flow.choose("nubank")
    flow.start("nubank")
    confirmed = bank_flow.finished(flow.token)
    assert confirmed
    assert confirmed.bank
    assert (confirmed.pk, confirmed.bank.slug) == (token_row().pk, "nubank")


def test_what_our_record_does_not_say_is_not_confirmed(flow: OpenFlow) -> None:
    flow.choose("nubank")
    for token in (flow.token, "unused", "", "\ud800", "x" * 10_000):
        assert bank_flow.finished(token) is None


def test_the_token_and_the_choice_are_the_only_keys_to_it(flow: OpenFlow) -> None:
    row = token_row()
    assert flow.token == outbox.token(row.message)
    assert flow.token not in str(FlowToken.objects.values_list()[0])
    assert timedelta(hours=23) < row.expires_at - timezone.now() <= timedelta(hours=24)


def test_no_step_costs_more_than_a_few_statements(
    flow: OpenFlow, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(6):
        flow.init()
    with django_assert_max_num_queries(6):
        flow.search("banco")
    with django_assert_max_num_queries(7):
        flow.choose("nubank")
