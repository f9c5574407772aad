"""Opting out is honoured at once for everything but the answer that confirms it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from openfinance import exceptions, flows
from openfinance.models import ConnectionLink, Conversation, Flow
from tests.openfinance.chat import phone
from tests.openfinance.chat.phone import Phone, text
from whatsapp.models import OutgoingMessage


@pytest.fixture
def out(hers: Phone) -> Phone:
    """Return Alice's phone, from which she opted out."""
    hers.writes("sair")
    return hers


def test_an_opt_out_is_confirmed_once(hers: Phone) -> None:
    assert text(hers.writes("SAIR")).startswith("Pronto, você não vai mais receber")
    assert hers.contact().opted_out_at
    assert hers.writes("sair") == hers.writes("parar") == []


@pytest.mark.parametrize("words", ["conectar", "nubank", "ajuda", "status", "oi", "???"])
def test_after_it_what_is_written_gets_silence(out: Phone, words: str) -> None:
    assert out.writes(words) == []


def test_after_it_a_tap_is_told_why_nothing_comes_once_a_day(out: Phone) -> None:
    assert text(out.picks("bank:nubank")).startswith("Você pediu para não receber")
    assert out.picks("other-bank") == out.replies("bank:itau") == out.finishes("token") == []
    assert not ConnectionLink.objects.exists()


def test_after_it_the_api_sends_nothing(out: Phone, alice: User) -> None:
    with pytest.raises(exceptions.OptedOut):
        flows.start(user=alice, channel=Flow.Channel.API)


def test_what_still_waits_to_be_sent_is_not_sent(hers: Phone) -> None:
    (waiting,) = hers.writes("conectar")
    hers.writes("sair")
    waiting.refresh_from_db()
    assert waiting.status == "failed"


def test_what_waits_for_others_is_sent(hers: Phone, bruno: User) -> None:
    (waiting,) = phone.of(bruno).writes("ajuda")
    hers.writes("sair")
    waiting.refresh_from_db()
    assert waiting.status == "queued"


def test_coming_back_is_confirmed_and_its_proof_kept(out: Phone) -> None:
    assert text(out.writes("Quero voltar, por favor")).startswith("Que bom ter você de volta!")
    contact = out.contact()
    assert contact.opted_out_at is None
    assert contact.opt_in_proof["text"] == "Quero voltar, por favor"
    assert out.writes("nubank") != []


def test_who_does_not_want_to_come_back_stays_out(out: Phone) -> None:
    assert out.writes("não quero voltar") == []
    assert out.contact().opted_out_at


def test_a_stranger_may_opt_out_and_back_too() -> None:
    theirs = Phone(wa_id="5511999990000")
    assert text(theirs.writes("parar")).startswith("Pronto")
    assert theirs.writes("oi") == []
    assert text(theirs.writes("voltar")).startswith("Que bom")


def test_who_hides_their_number_may_opt_out() -> None:
    theirs = Phone(user_id="BR.1349")
    (confirmation,) = theirs.writes("sair")
    assert confirmation.phone == "BR.1349"
    assert theirs.writes("oi") == []


def test_a_quick_reply_may_be_the_way_out(hers: Phone) -> None:
    assert text(hers.replies(None, text="Parar mensagens")).startswith("Pronto")
    assert hers.contact().opted_out_at


def test_an_opt_out_that_comes_late_counts_and_is_not_answered(hers: Phone) -> None:
    assert hers.writes("sair", at=timezone.now() - timedelta(days=2)) == []
    assert hers.contact().opted_out_at


def test_an_opt_out_that_comes_after_they_were_back_counts_no_more(out: Phone) -> None:
    out.writes("voltar")
    assert out.writes("sair", at=timezone.now() - timedelta(minutes=5)) == []
    assert out.contact().opted_out_at is None


def test_a_return_that_comes_late_does_not_undo_a_later_opt_out(out: Phone) -> None:
    assert out.writes("voltar", at=timezone.now() - timedelta(minutes=5)) == []
    assert out.contact().opted_out_at


def test_it_is_confirmed_even_to_who_has_had_all_answers_of_the_hour(hers: Phone) -> None:
    hers.writes("oi")
    Conversation.objects.update(answered_at=[timezone.now()] * 20)
    assert hers.writes("ajuda") == []
    assert text(hers.writes("sair")).startswith("Pronto")


def test_leaving_and_coming_back_all_the_time_does_not_cost_without_end(hers: Phone) -> None:
    answers = [hers.writes(words) for _ in range(20) for words in ("sair", "voltar")]
    assert sum(map(len, answers)) == 24
    assert OutgoingMessage.objects.count() == 24
    assert hers.contact().opted_out_at is None


def test_an_opt_out_moves_nobody_else(hers: Phone, bruno: User) -> None:
    hers.writes("sair")
    assert phone.of(bruno).writes("ajuda") != []
