"""What people ask for in words, and the one answer that they get."""

from datetime import timedelta

import pytest
from django.template.loader import get_template
from django.utils import timezone

from accounts.models import Subscription, User
from openfinance import exceptions, flows
from openfinance.chat import answers
from openfinance.models import ConnectionLink, Conversation, Flow
from tests.openfinance.chat import phone
from tests.openfinance.chat.phone import Phone, arrive, kinds, text
from whatsapp.models import BusinessNumber, OutgoingMessage


def age_of_all_messages(**age: float) -> None:
    OutgoingMessage.objects.update(created_at=timezone.now() - timedelta(**age))
    Flow.objects.update(created_at=timezone.now() - timedelta(**age))


def test_connect_sends_what_the_plan_decides(hers: Phone, bruno: User) -> None:
    assert kinds(hers.writes("Quero conectar")) == ["interactive_list"]
    assert kinds(phone.of(bruno).writes("conectar")) == ["cta_url"]
    assert {flow.channel for flow in Flow.objects.all()} == {"whatsapp"}


def test_asking_again_at_once_gets_nothing_more(hers: Phone) -> None:
    (sent,) = hers.writes("conectar")
    arrive(sent)
    assert hers.writes("conectar") == []
    assert len(Conversation.objects.get().answered_at) == 1


def test_asking_again_while_the_first_may_still_arrive_gets_words_only(hers: Phone) -> None:
    hers.writes("conectar")
    OutgoingMessage.objects.update(status="unknown")
    age_of_all_messages(hours=2)
    answer = hers.writes("conectar")
    assert text(answer).startswith("Já enviamos a resposta a esse pedido.")
    assert Flow.objects.count() == 1


def test_too_many_requests_are_told_when_there_may_be_more(hers: Phone) -> None:
    for _ in range(5):
        arrive(hers.writes("conectar")[0])
        age_of_all_messages(minutes=2)
    assert text(hers.writes("conectar")).startswith("Você já recebeu várias mensagens")


def test_who_has_no_subscription_hears_how_to_get_one(davi: User) -> None:
    assert "https://pierre.finance/plans" in text(phone.of(davi).writes("conectar"))


def test_a_number_that_was_stopped_says_so_when_it_goes_on(hers: Phone) -> None:
    BusinessNumber.objects.create(phone_number_id="106540352242922", stopped_at=timezone.now())
    assert text(hers.writes("conectar")).startswith("Não conseguimos enviar agora.")


def test_help_is_always_given_to_who_asks_for_it(hers: Phone) -> None:
    for words in ("ajuda", "Me ajuda", "menu"):
        assert "*sair* para não receber mais mensagens" in text(hers.writes(words))


def test_there_is_no_connection_to_end(hers: Phone) -> None:
    assert text(hers.writes("desconectar nubank")).startswith("Você ainda não tem nenhum banco")


def test_going_back_without_having_left_gets_help(hers: Phone) -> None:
    assert text(hers.writes("voltar")).startswith("Veja o que dá para fazer")


def test_thanks_need_no_answer(hers: Phone) -> None:
    assert hers.writes("muito obrigada!") == []


def test_the_status_of_who_asked_for_nothing(hers: Phone) -> None:
    assert text(hers.writes("status")) == "Você ainda não pediu para conectar nenhum banco."


def test_the_status_tells_when_the_banks_were_sent(hers: Phone) -> None:
    hers.writes("conectar")
    at = timezone.localtime(Flow.objects.get().created_at)
    assert text(hers.writes("status")).endswith(f"em {at:%d/%m}, às {at:%Hh%M}.")


def test_the_status_of_who_got_the_notice(bruno: User) -> None:
    phone.of(bruno).writes("conectar")
    assert "mudar de plano" in text(phone.of(bruno).writes("status"))


def test_the_status_tells_of_the_bank_and_how_long_its_link_is_good(hers: Phone) -> None:
    hers.writes("nubank")
    until = timezone.localtime(ConnectionLink.objects.get().expires_at)
    assert text(hers.writes("status")).endswith(f"vale até as {until:%Hh%M} de {until:%d/%m}.")
    ConnectionLink.objects.update(expires_at=timezone.now())
    assert text(hers.writes("status")).endswith("escreva *conectar Nubank*.")


def test_the_status_is_of_the_last_request(hers: Phone) -> None:
    hers.writes("nubank")
    hers.writes("conectar")
    assert text(hers.writes("status")).startswith("Falta escolher o seu banco.")


def test_the_status_leaves_out_what_was_never_sent(hers: Phone) -> None:
    hers.writes("nubank")
    hers.writes("conectar")
    OutgoingMessage.objects.update(status="failed")
    assert text(hers.writes("status")).startswith("Você ainda não pediu")


def test_two_people_do_not_see_each_others_status(hers: Phone, bruno: User) -> None:
    hers.writes("nubank")
    assert text(phone.of(bruno).writes("status")).startswith("Você ainda não pediu")


@pytest.mark.parametrize("error", exceptions.FlowError.__subclasses__())
def test_there_are_words_for_every_reason(error: type[exceptions.FlowError]) -> None:
    words = get_template(f"chat/refused/{error.code}.txt", using="whatsapp").render({})
    assert len(words) > 20


def test_when_there_may_be_more_is_never_told_too_early() -> None:
    at = timezone.localtime(timezone.now() + timedelta(seconds=90))
    body = answers.refused(exceptions.TooManyMessages(retry_after=90)).body
    told = body.split("depois das ")[1]
    later = at + timedelta(minutes=1)
    assert told in {f"{moment:%Hh%M} de {moment:%d/%m}." for moment in (at, later)}


def test_the_api_counts_what_the_chat_sent(hers: Phone, alice: User) -> None:
    hers.writes("conectar")
    assert flows.enqueue(user=alice) == Flow.objects.get()


def test_a_lapsed_subscription_still_gets_help(hers: Phone) -> None:
    Subscription.objects.all().delete()
    assert text(hers.writes("ajuda")).startswith("Veja o que dá para fazer")
