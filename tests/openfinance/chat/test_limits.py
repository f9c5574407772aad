"""Every answer costs money: how seldom the chat speaks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from openfinance.models import Conversation
from tests.openfinance.chat.phone import Phone, text
from whatsapp.models import OutgoingMessage

STRANGER = Phone(wa_id="5511999990000")

NOT_UNDERSTOOD = [
    "message_audio",
    "message_contacts_shared",
    "message_document",
    "message_image",
    "message_location",
    "message_of_new_type",
    "message_sticker",
    "message_unavailable",
    "message_unsupported",
    "message_video",
]


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_what_we_cannot_read_gets_help(hers: Phone, name: str) -> None:
    assert text(hers.sends(name)).startswith("Veja o que dá para fazer")


@pytest.mark.parametrize("name", ["message_reaction", "message_reaction_removed"])
def test_a_reaction_gets_nothing(hers: Phone, name: str) -> None:
    assert hers.sends(name) == STRANGER.sends(name) == []


def test_what_is_not_understood_gets_help_at_most_once_an_hour(hers: Phone) -> None:
    assert len(hers.writes("qual a previsão do tempo")) == 1
    assert hers.writes("bom dia") == hers.sends("message_image") == []
    Conversation.objects.update(helped_at=timezone.now() - timedelta(minutes=59))
    assert hers.writes("bom dia") == []
    Conversation.objects.update(helped_at=timezone.now() - timedelta(minutes=61))
    assert len(hers.writes("bom dia")) == 1


def test_who_asked_for_help_is_not_helped_again_unasked(hers: Phone) -> None:
    hers.writes("ajuda")
    assert hers.writes("???") == []


def test_two_people_are_helped_each(hers: Phone, bruno: User) -> None:
    assert len(hers.writes("oi")) == 1
    assert len(Phone(wa_id="5521987654322").writes("oi")) == 1


def test_a_stranger_gets_one_answer_a_day_whatever_they_write() -> None:
    assert "suporte@pierre.finance" in text(STRANGER.writes("conectar"))
    for words in ("ajuda", "nubank", "status", "obrigado"):
        assert STRANGER.writes(words) == []
    Conversation.objects.update(helped_at=timezone.now() - timedelta(hours=23))
    assert STRANGER.picks("bank:nubank") == []
    Conversation.objects.update(helped_at=timezone.now() - timedelta(hours=25))
    assert len(STRANGER.writes("oi")) == 1


def test_a_number_that_two_users_have_is_a_strangers(alice: User, bruno: User, hers: Phone) -> None:
    User.objects.filter(pk=bruno.pk).update(phone="+551187654321")
    assert text(hers.writes("status")).startswith("Oi! Este é o WhatsApp do Pierre")


def test_two_hundred_messages_get_no_more_answers_than_an_hour_has(hers: Phone) -> None:
    for _ in range(100):
        hers.writes("ajuda")
        hers.picks("bank:no-such-bank")
    assert OutgoingMessage.objects.count() == 20


def test_choosing_bank_after_bank_is_limited_too(hers: Phone) -> None:
    for slug in ("nubank", "itau", "bradesco", "santander", "inter", "safra", "pan", "bmg") * 4:
        hers.writes(f"conectar {slug}")
        OutgoingMessage.objects.update(status="accepted")
        hers.writes("status")
    assert OutgoingMessage.objects.count() == 20


def test_answers_come_back_as_the_hour_passes(hers: Phone) -> None:
    now = timezone.now()
    hers.writes("oi")
    times = [now - timedelta(minutes=61)] + [now - timedelta(minutes=1)] * 19
    Conversation.objects.update(answered_at=times)
    assert len(hers.writes("ajuda")) == 1
    assert hers.writes("ajuda") == []


@pytest.mark.parametrize("words", ["conectar", "nubank", "ajuda", "bom dia"])
def test_what_comes_hours_late_gets_no_answer(hers: Phone, words: str) -> None:
    assert hers.writes(words, at=timezone.now() - timedelta(hours=3, minutes=1)) == []
    assert STRANGER.writes(words, at=timezone.now() - timedelta(days=6)) == []


def test_what_comes_within_hours_is_answered(hers: Phone) -> None:
    assert len(hers.writes("conectar", at=timezone.now() - timedelta(hours=2, minutes=59))) == 1


def test_a_tap_that_comes_late_chooses_nothing(hers: Phone) -> None:
    assert hers.picks("bank:nubank", at=timezone.now() - timedelta(hours=5)) == []


def test_one_message_gets_one_answer_at_most(hers: Phone) -> None:
    for words in ("oi", "conectar nubank", "conectar", "mercado", "status, ajuda, desconectar"):
        assert len(hers.writes(words)) <= 1
