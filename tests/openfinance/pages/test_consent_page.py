"""What a person reads before they agree, and what becomes of a form with a mistake."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from openfinance import consents
from openfinance.models import Bank, Consent
from openfinance.permissions import Group
from tests.openfinance.pages.conftest import Script
from tests.openfinance.pages.steps import CPF, Journey, again, main


def boxes(page: str) -> dict[str, bool]:
    """Return each box of data, and whether it is ticked."""
    found = re.findall(
        r'<input type="checkbox" name="groups" value="(\w+)"[^>]*?( checked)?>', page
    )
    return {name: bool(checked) for name, checked in found}


def term(page: str) -> str:
    [chosen] = re.findall(r'name="term" value="(\w+)" id="prazo-\w+" checked', page)
    return str(chosen)


def test_it_says_the_institution_the_purpose_and_how_to_end_it(journey: Journey) -> None:
    words = main(journey.open())
    assert "Compartilhar dados de Nubank" in words
    assert "Mostrar seus saldos e gastos" in words
    assert "escreva desconectar" in words


def test_it_names_nobody(journey: Journey, alice: User) -> None:
    page = journey.open().text
    assert not [word for word in (alice.name, alice.email, alice.phone[-4:]) if word in page]


def test_what_is_necessary_is_marked_and_explained_and_the_rest_unticked(journey: Journey) -> None:
    page = journey.open()
    assert main(page).count("Necessário ") == 2
    assert "Sem saldo e extrato não há o que mostrar" in main(page)
    assert boxes(page.text)
    assert not any(boxes(page.text).values())


def test_every_group_of_a_persons_data_is_there_with_its_details(journey: Journey) -> None:
    page = journey.open()
    groups = [group for group in Group if not group.startswith("business")]
    assert not [group.label for group in groups if group.label not in main(page)]
    assert page.text.count("<details") == len(groups)
    assert "<p></p>" not in page.text


def test_what_takes_in_later_contracts_says_so(journey: Journey) -> None:
    assert main(journey.open()).count("entra automaticamente") == 3


def test_the_terms_have_a_default_others_and_none_at_all(journey: Journey) -> None:
    page = journey.open()
    assert re.findall(r'name="term" value="(\w+)"', page.text) == ["3", "6", "12", "indefinite"]
    assert term(page.text) == "12"


def test_every_term_says_when_it_is_over(journey: Journey) -> None:
    now = datetime.now(ZoneInfo("America/Sao_Paulo"))
    words = main(journey.open())
    for months in (3, 6, 12):
        until = consents.ends_at(months=months, now=now)
        assert f"{months} meses até {until:%d/%m/%Y}" in words
    assert "Indeterminado até você cancelar" in words


def test_there_is_no_box_for_the_terms_of_use(journey: Journey) -> None:
    page = journey.open()
    assert "Ao continuar, você concorda com os termos de uso" in main(page)
    assert page.text.count('type="checkbox"') == len(boxes(page.text))


@pytest.mark.parametrize(
    ("cpf", "words"),
    [
        ("111.444.777-36", "algum número não bate"),
        ("111.111.111-11", "algum número não bate"),
        ("1" * 41, "são 11 números"),
        ("", "Digite seu CPF"),
        (None, "Digite seu CPF"),
    ],
)
def test_a_wrong_cpf_is_told_beside_the_field(
    journey: Journey, cpf: str | None, words: str
) -> None:
    page = journey.agree(cpf=cpf)
    assert page.status_code == 422
    assert words in re.findall(r'id="cpf-erro"[^>]*>([^<]+)<', page.text)[0]
    assert 'aria-invalid="true"' in page.text


def test_a_mistake_loses_nothing_that_was_chosen(journey: Journey) -> None:
    page = journey.agree(cpf="123", groups=["investments", "exchange"], term="3").text
    assert [name for name, is_ticked in boxes(page).items() if is_ticked] == [
        "investments",
        "exchange",
    ]
    assert term(page) == "3"
    assert 'value="123"' in page


@pytest.mark.parametrize("choice", [{"term": "99"}, {"term": None}, {"groups": ["everything"]}])
def test_what_the_page_does_not_offer_is_not_agreed_to(
    journey: Journey, choice: dict[str, object]
) -> None:
    assert journey.agree(**choice).status_code == 422
    assert not Consent.objects.exists()


def test_what_people_type_is_text(journey: Journey) -> None:
    page = journey.agree(cpf='"><script>').text
    assert "<script>" not in page


def test_a_page_that_changed_meanwhile_is_shown_again(journey: Journey) -> None:
    journey.open()
    form = {"term": "6", "cpf": CPF, "groups": "investments", "shown": "0" * 64}
    page = journey.client.post(journey.path, form)
    assert "Confira de novo" in main(page)
    assert (term(page.text), boxes(page.text)["investments"]) == ("6", True)
    assert not Consent.objects.exists()


def test_a_provider_that_asks_for_the_cpf_itself_leaves_the_field_out(
    journey: Journey, script: Script
) -> None:
    script()
    assert 'name="cpf"' not in journey.open().text
    assert journey.agree(cpf=None).status_code == 200


def test_a_renewal_is_filled_in_with_the_last_choice_and_warns(journey: Journey) -> None:
    journey.connect(groups=["card_bills"], term="indefinite")
    page = again(journey).open()
    assert "Você já tem uma conexão ativa com Nubank , por prazo indeterminado." in main(page)
    assert (boxes(page.text)["card_bills"], term(page.text)) == (True, "indefinite")


def test_who_goes_back_finds_what_they_chose(journey: Journey) -> None:
    journey.agree(groups=["card_bills"], term="3")
    page = journey.open().text
    assert (boxes(page)["card_bills"], term(page)) == (True, "3")


def test_a_bank_for_businesses_comes_soon(journey: Journey) -> None:
    Bank.objects.update(audience=Bank.Audience.BUSINESSES)
    assert "Em breve" in main(journey.open())


def test_not_now_shares_nothing_and_leaves_the_way_open(journey: Journey) -> None:
    journey.agree()
    page = journey.client.post(f"{journey.path}/agora-nao")
    assert "nada foi compartilhado" in main(page)
    assert journey.consent.reason == Consent.Reason.CUSTOMER_MANUALLY_REJECTED
    assert journey.open().status_code == 200


def test_not_now_ends_nothing_that_is_connected(journey: Journey) -> None:
    journey.connect()
    renewal = again(journey)
    renewal.agree()
    renewal.client.post(f"{renewal.path}/agora-nao")
    journey.consent.refresh_from_db()
    assert journey.consent.status == Consent.Status.AUTHORISED
