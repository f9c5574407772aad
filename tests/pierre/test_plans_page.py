"""The public page of plans: what staff edit is what it shows, at once."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Plan, User
from tests.accounts.plan_forms import plan_form
from tests.openfinance.pages.steps import main

pytestmark = pytest.mark.django_db


def names(text: str) -> list[str]:
    return re.findall(r"<h2>([^<]+)</h2>", text)


def test_everybody_sees_the_plans_from_the_cheapest_on(client: Client) -> None:
    page = client.get("/plans")
    assert (page.status_code, names(page.text)) == (200, ["Basic", "Pro", "Premium"])
    assert "R$ 19,90 por mês" in main(page)
    assert "Conexão integrada por Open Finance" in main(page)


def test_only_a_plan_with_the_connection_says_so_and_how_many(client: Client) -> None:
    text = client.get("/plans").text
    assert text.count('class="tag"') == 1
    basic, premium = text.split("<h2>Basic")[1].split("<h2>Pro<")[0], text.split("<h2>Premium")[1]
    assert re.search(r"Conexões com bancos</dt><dd>Não inclui", basic)
    assert re.search(r"Conexões com bancos</dt><dd>Até 10", premium)


@pytest.mark.parametrize(
    ("limit", "words"), [(None, "Sem limite"), (1, "Até 1"), (0, "Não inclui")]
)
def test_a_limit_is_said_in_words(client: Client, limit: int | None, words: str) -> None:
    Plan.objects.filter(slug="premium").update(max_connections=limit)
    premium = client.get("/plans").text.split("<h2>Premium")[1]
    assert f"Conexões com bancos</dt><dd>{words}</dd>" in premium


@pytest.mark.parametrize(
    ("price", "written"),
    [("1234.56", "R$ 1.234,56"), ("0.5", "R$ 0,50"), ("12345678.9", "R$ 12.345.678,90")],
)
def test_prices_are_written_as_people_write_them(client: Client, price: str, written: str) -> None:
    Plan.objects.filter(slug="pro").update(price=price)
    assert f"{written} por mês" in main(client.get("/plans"))


def test_what_costs_nothing_is_said_to_be_free(client: Client) -> None:
    Plan.objects.filter(slug="basic").update(price=0)
    assert "Grátis" in main(client.get("/plans"))


def test_an_edit_in_the_admin_shows_on_the_next_look(client: Client) -> None:
    before = client.get("/plans")
    plan = Plan.objects.get(slug="pro")
    staff = Client()
    staff.force_login(User.objects.create_superuser("staff@example.com", "x"))
    changes = {"price": "59.90", "benefits-0-text": "Palavras novas"}
    staff.post(reverse("admin:accounts_plan_change", args=[plan.pk]), plan_form(plan, **changes))
    after = client.get("/plans", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert "R$ 59,90" in main(after)
    assert "Palavras novas" in main(after)


def test_the_same_page_is_not_sent_twice_and_never_used_unasked(client: Client) -> None:
    first = client.get("/plans")
    assert first["Cache-Control"] == "no-cache"
    again = client.get("/plans", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_without_a_plan_it_says_so(client: Client) -> None:
    Plan.objects.all().delete()
    assert "Nenhum plano está à venda agora." in main(client.get("/plans"))


def test_ten_plans_cost_no_more_statements(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(7):
        plan = Plan.objects.create(slug=f"p{number}", name=f"Plano {number}", price=100 + number)
        plan.benefits.create(text="Algo")
    with django_assert_num_queries(2):
        page = client.get("/plans")
    assert len(names(page.text)) == 10


def test_what_staff_type_is_shown_as_text(client: Client) -> None:
    Plan.objects.filter(slug="pro").update(name="<b>Pro</b>")
    assert "&lt;b&gt;Pro&lt;/b&gt;" in client.get("/plans").text


@pytest.mark.parametrize(
    ("support", "shown"),
    [
        ("suporte@pierre.finance", 'href="mailto:suporte@pierre.finance"'),
        ("0800 123 4567", "Escreva para 0800 123 4567."),
    ],
)
def test_it_leads_to_support(client: Client, settings: Settings, support: str, shown: str) -> None:
    settings.SUPPORT_CONTACT, settings.WHATSAPP_NUMBER = support, "551140042000"
    text = client.get("/plans").text
    assert shown in text
    assert 'href="https://wa.me/551140042000"' in text


def test_it_takes_no_other_verb_and_sets_no_cookie(client: Client) -> None:
    assert client.post("/plans").status_code == 405
    assert client.head("/plans").status_code == 200
    assert not client.get("/plans").cookies
