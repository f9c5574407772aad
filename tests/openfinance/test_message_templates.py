"""Our templates are within Meta's rules, and say what the issue asks of them."""

import pytest
from pytest_django import Settings

from openfinance import catalogue, message_templates
from openfinance.models import Bank
from whatsapp.template_definitions import Definition, TextTemplate

SEVEN = [
    "Nubank",
    "Itaú",
    "Bradesco",
    "Banco do Brasil",
    "Santander",
    "Caixa Econômica Federal",
    "Inter",
]


@pytest.fixture
def ours(db: None) -> dict[str, Definition]:
    catalogue.sync()
    return {definition.name: definition for definition in message_templates.definitions()}


def text_of(ours: dict[str, Definition], name: str) -> TextTemplate:
    definition = ours[name]
    assert isinstance(definition, TextTemplate)
    return definition


def test_there_are_six_each_with_its_category(ours: dict[str, Definition]) -> None:
    assert {name: definition.category.value for name, definition in ours.items()} == {
        "conexao_escolher_banco": "UTILITY",
        "aviso_premium": "MARKETING",
        "conexao_resultado": "UTILITY",
        "conexao_vencendo": "UTILITY",
        "assinatura_mudou": "UTILITY",
        "codigo_verificacao": "AUTHENTICATION",
    }


def test_the_first_banks_are_buttons_and_so_is_the_way_to_any_other(
    ours: dict[str, Definition],
) -> None:
    first = text_of(ours, "conexao_escolher_banco")
    assert [button.text for button in first.buttons] == [*SEVEN, "Outro banco"]
    assert first.fills["banks"][:2] == ["nubank", "itau"]


def test_staff_choose_the_banks_of_the_buttons(db: None) -> None:
    catalogue.sync()
    Bank.objects.filter(slug="nubank").update(is_favourite=False)
    (first, *_) = message_templates.definitions()
    assert first.fills["banks"][0] == "itau"
    assert len(first.fills["banks"]) == 7


def test_each_but_the_code_says_how_to_get_no_more(ours: dict[str, Definition]) -> None:
    for name, definition in ours.items():
        if name != "codigo_verificacao":
            assert "SAIR" in text_of({name: definition}, name).footer


def test_the_notice_leads_to_where_people_upgrade(db: None, settings: Settings) -> None:
    settings.UPGRADE_URL = "https://pierre.example/planos"
    notice = {each.name: each for each in message_templates.definitions()}["aviso_premium"]
    buttons = notice.content()["components"][-1]["buttons"]
    assert buttons == [
        {"type": "URL", "text": "Ver planos", "url": "https://pierre.example/planos"}
    ]


@pytest.mark.parametrize("word", ["Premium", "plano", "benefício", "grátis", "aproveite"])
def test_no_utility_template_talks_of_what_could_be_bought(
    ours: dict[str, Definition], word: str
) -> None:
    for definition in ours.values():
        if isinstance(definition, TextTemplate) and definition.category == "UTILITY":
            assert word.lower() not in definition.body.lower()
