"""A bank's name that is typed: asked for, after a verb, or on its own."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from openfinance.models import Bank, ConnectionLink, Conversation
from tests.openfinance.chat import phone
from tests.openfinance.chat.phone import Phone, buttons, kinds, rows, text


@pytest.fixture
def asked(hers: Phone) -> Phone:
    """Return Alice's phone, on which she was just asked for her bank's name."""
    hers.picks("other-bank")
    return hers


def chosen() -> list[str]:
    return [link.bank.slug for link in ConnectionLink.objects.order_by("created_at")]


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("Safra", "safra"),
        ("banco safra", "safra"),
        ("é o SICRÉDI", "sicredi"),
        ("roxinho", "nubank"),
        ("sicrdi", "sicredi"),
        ("237", "bradesco"),
        ("Caixa", "caixa"),
    ],
)
def test_a_name_that_means_one_bank_chooses_it(asked: Phone, words: str, slug: str) -> None:
    assert kinds(asked.writes(words)) == ["cta_url"]
    assert chosen() == [slug]
    assert ConnectionLink.objects.get().via == "text"


def test_a_name_that_may_mean_several_banks_gets_a_list_of_them(asked: Phone) -> None:
    found = asked.writes("mercado")
    assert rows(found) == ["bank:mercado-pago", "bank:mercado-bitcoin", "other-bank"]
    assert chosen() == []


def test_after_a_list_they_may_type_on(asked: Phone) -> None:
    asked.writes("mercado")
    asked.writes("sofisa")
    assert chosen() == ["sofisa"]


def test_no_bank_found_gets_a_kind_answer_and_another_try(asked: Phone) -> None:
    answer = asked.writes("xyzw")
    assert text(answer).startswith("Não encontramos esse banco.")
    assert buttons(answer) == ["request:connect"]
    asked.writes("sofisa")
    assert chosen() == ["sofisa"]


def test_a_bank_that_staff_took_away_is_not_found(asked: Phone) -> None:
    Bank.objects.filter(slug="sofisa").update(deactivated_at=timezone.now())
    assert text(asked.writes("sofisa")).startswith("Não encontramos esse banco.")


def test_one_digit_is_no_code_of_a_bank(asked: Phone) -> None:
    assert text(asked.writes("1")).startswith("Não encontramos esse banco.")


def test_what_is_asked_for_instead_is_understood(asked: Phone) -> None:
    assert text(asked.writes("ajuda")).startswith("Veja o que dá para fazer")
    assert text(asked.writes("sair")).startswith("Pronto, você não vai mais receber")


def test_a_no_ends_the_question(asked: Phone) -> None:
    assert asked.writes("não, obrigado") == []
    assert Conversation.objects.get().asked_for_bank_at is None


def test_a_name_typed_hours_later_is_ordinary_text(asked: Phone) -> None:
    then = timezone.now() - timedelta(minutes=61)
    Conversation.objects.update(asked_for_bank_at=then)
    assert text(asked.writes("sicrdi")).startswith("Veja o que dá para fazer")
    assert chosen() == []


def test_a_name_typed_within_the_hour_is_the_answer(asked: Phone) -> None:
    then = timezone.now() - timedelta(minutes=59)
    Conversation.objects.update(asked_for_bank_at=then)
    asked.writes("sicrdi")
    assert chosen() == ["sicredi"]


def test_a_chosen_bank_ends_the_question(asked: Phone) -> None:
    asked.writes("safra")
    assert text(asked.writes("xyzw")).startswith("Veja o que dá para fazer")


def test_a_name_on_its_own_is_a_choice(hers: Phone) -> None:
    assert kinds(hers.writes("Nubank")) == ["cta_url"]
    assert kinds(hers.writes("meu banco é o itaú, por favor")) == ["cta_url"]
    assert chosen() == ["nubank", "itau"]


@pytest.mark.parametrize("words", ["001", "99", "sicrdi", "mercado", "não é nubank"])
def test_what_only_may_be_a_name_is_not_taken_for_one_unasked(hers: Phone, words: str) -> None:
    hers.writes(words)
    assert chosen() == []


def test_a_name_on_its_own_from_who_is_not_premium_gets_the_notice(bruno: User) -> None:
    (notice,) = phone.of(bruno).writes("nubank")
    assert notice.flow.route == "notice"
    assert chosen() == []


def test_a_name_after_the_verb_is_a_choice(hers: Phone) -> None:
    assert kinds(hers.writes("oi, quero conectar o nubank por favor")) == ["cta_url"]
    assert kinds(hers.writes("conectar sicrdi")) == ["cta_url"]
    assert chosen() == ["nubank", "sicredi"]


def test_a_vague_name_after_the_verb_gets_a_list_and_an_unknown_one_all_banks(hers: Phone) -> None:
    assert rows(hers.writes("conectar mercado"))[-1] == "other-bank"
    assert len(rows(hers.writes("conectar hoje ainda xyzw"))) == 10
