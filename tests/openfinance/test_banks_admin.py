import html

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from openfinance import catalogue
from openfinance.models import Bank

BANKS = "/admin/openfinance/bank/"


@pytest.fixture
def staff(db: None) -> Client:
    catalogue.sync()
    client = Client()
    client.force_login(User.objects.create_superuser("equipe@example.com", "senha"))
    return client


def listed(staff: Client, **filters: str) -> list[str]:
    response = staff.get(BANKS, filters)
    return [bank.slug for bank in response.context["cl"].result_list]


def page(staff: Client, path: str = BANKS) -> str:
    return html.unescape(staff.get(path, follow=True).content.decode())


def act(staff: Client, action: str, *slugs: str) -> str:
    chosen = Bank.objects.filter(slug__in=slugs).values_list("pk", flat=True)
    data = {"action": action, "_selected_action": list(chosen)}
    return html.unescape(staff.post(BANKS, data, follow=True).content.decode())


def form(staff: Client, bank: Bank, **changes: object) -> str:
    data = {"name": bank.name, "aliases": ",".join(bank.aliases), "position": bank.position}
    data |= {"audience": bank.audience, "provider": "", "provider_reference": "{}"}
    response = staff.post(f"{BANKS}{bank.pk}/change/", data | changes, follow=True)
    return html.unescape(response.content.decode())


def test_banks_are_listed_in_the_order_of_the_whatsapp_list(staff: Client) -> None:
    assert listed(staff)[:4] == ["nubank", "itau", "bradesco", "banco-do-brasil"]
    assert len(listed(staff)) == 59


def test_the_list_says_in_portuguese_why_a_bank_cannot_be_chosen(staff: Client) -> None:
    Bank.objects.filter(slug="neon").update(deactivated_at="2026-11-25T01:00:00Z")
    text = page(staff)
    assert "Indisponível: Em liquidação extrajudicial" in text
    assert "Desativado em 24/11/2026" in text


@pytest.mark.parametrize(
    ("query", "slug"),
    [("nubanc", "nubank"), ("roxinho", "nubank"), ("will", "will"), ("1", "banco-do-brasil")],
)
def test_the_search_tolerates_what_people_type_and_finds_unavailable_banks_too(
    staff: Client, query: str, slug: str
) -> None:
    assert listed(staff, q=query) == [slug]


def test_a_search_for_nothing_known_lists_nothing(staff: Client) -> None:
    assert listed(staff, q="asdfgh") == []


def test_the_situation_filter_parts_the_banks(staff: Client) -> None:
    Bank.objects.filter(slug="neon").update(deactivated_at=timezone.now())
    assert listed(staff, situation="deactivated") == ["neon"]
    assert "will" in listed(staff, situation="unavailable")
    assert not {"will", "neon"} & set(listed(staff, situation="active"))


def test_the_favourite_filter_keeps_the_favourites(staff: Client) -> None:
    assert len(listed(staff, is_favourite__exact="1")) == 9


def test_order_and_favourites_are_edited_in_the_list(staff: Client) -> None:
    banks = list(Bank.objects.all())
    data = {"form-TOTAL_FORMS": len(banks), "form-INITIAL_FORMS": len(banks), "_save": "Salvar"}
    for index, bank in enumerate(banks):
        data |= {f"form-{index}-id": bank.pk, f"form-{index}-position": bank.position}
    data |= {"form-2-position": 1, "form-2-is_favourite": "on"}
    staff.post(BANKS, data)
    assert [bank.slug for bank in catalogue.favourites()] == ["bradesco"]
    assert listed(staff)[0] == "bradesco"


def test_deactivating_takes_a_bank_from_people_and_activating_gives_it_back(
    staff: Client,
) -> None:
    assert "Bancos desativados: 1." in act(staff, "deactivate", "neon")
    assert catalogue.search("neon") == []
    assert "Bancos ativados: 1." in act(staff, "activate", "neon", "itau")
    assert [bank.slug for bank in catalogue.search("neon")] == ["neon"]


def test_banks_move_up_and_down(staff: Client) -> None:
    act(staff, "move_up", "itau")
    assert listed(staff)[:2] == ["itau", "nubank"]
    act(staff, "move_down", "itau")
    assert listed(staff)[:2] == ["nubank", "itau"]


def test_nicknames_are_edited_as_a_text_with_commas(staff: Client) -> None:
    form(staff, Bank.objects.get(slug="neon"), aliases="banco neon, azulzinho")
    assert Bank.objects.get(slug="neon").aliases == ["banco neon", "azulzinho"]


def test_a_name_too_long_for_whatsapp_is_refused(staff: Client) -> None:
    text = form(staff, Bank.objects.get(slug="neon"), name="N" * 25)
    assert "no máximo 24 caracteres" in text
    assert Bank.objects.get(slug="neon").name == "Neon"


def test_the_registrys_facts_are_shown_and_not_editable(staff: Client) -> None:
    neon = Bank.objects.get(slug="neon")
    assert "Neon Pagamentos S.A." in page(staff, f"{BANKS}{neon.pk}/change/")
    form(staff, neon, compe="999", legal_name="Outra", slug="outro", unavailable_reason="Fora")
    assert Bank.objects.get(pk=neon.pk).compe == "536"
    assert Bank.objects.filter(slug="neon", unavailable_reason="").exists()


def test_staff_neither_add_nor_delete_banks(staff: Client) -> None:
    neon = Bank.objects.get(slug="neon")
    assert staff.get(f"{BANKS}add/").status_code == 403
    assert staff.post(f"{BANKS}{neon.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Bank.objects.filter(slug="neon").exists()


def test_staff_are_warned_when_the_list_cannot_show_every_favourite(staff: Client) -> None:
    assert "ficam de fora" not in page(staff)
    Bank.objects.filter(slug="neon").update(is_favourite=True)
    assert "mostra 9 bancos e há 10 marcados e ativos" in page(staff)


def test_staff_who_may_only_view_banks_cannot_deactivate_one(staff: Client) -> None:
    reader = User.objects.create_user("leitura@example.com", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_bank"))
    client = Client()
    client.force_login(reader)
    assert "Desativar" not in page(client)
    act(client, "deactivate", "neon")
    assert Bank.objects.active().filter(slug="neon").exists()
