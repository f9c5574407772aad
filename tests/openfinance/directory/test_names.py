import pytest

from openfinance.directory import names
from openfinance.models import Bank

PEOPLE, BUSINESSES = Bank.Audience.PEOPLE, Bank.Audience.BUSINESSES


@pytest.mark.parametrize(
    ("brand", "name"),
    [
        ("Banco Santander Pessoa Física", "Banco Santander"),
        ("Banco Inter PJ", "Banco Inter"),
        ("Banco XP S.A.", "Banco XP"),
        ("BANCO CSF S/A", "BANCO CSF"),
        ("CCR de Ouro Auth Server", "CCR de Ouro"),
        ("Sisprime (PF)", "Sisprime"),
        ("Itaú Empresas", "Itaú Empresas"),
        ("PJ", ""),
    ],
)
def test_a_name_is_freed_of_what_says_nothing_of_the_brand(brand: str, name: str) -> None:
    assert names.plain(brand) == name


@pytest.mark.parametrize(
    ("name", "audience", "shown"),
    [
        ("Nubank", PEOPLE, "Nubank"),
        ("Bradesco", BUSINESSES, "Bradesco Empresas"),
        ("Itaú Empresas", BUSINESSES, "Itaú Empresas"),
        ("Cooperativa de Crédito do Vale", PEOPLE, "Cooperativa de Crédito"),
        ("Cooperativa de Crédito do Vale", BUSINESSES, "Cooperativa de Empresas"),
        ("A" * 30, PEOPLE, "A" * 24),
    ],
)
def test_a_shown_name_fits_the_list(name: str, audience: Bank.Audience, shown: str) -> None:
    assert names.shown(name, audience) == shown
    assert len(shown) <= 24


@pytest.mark.parametrize(
    ("brand", "families", "audience"),
    [
        ("Nubank", {"customers-personal", "customers-business"}, PEOPLE),
        ("Nubank", set(), PEOPLE),
        ("Cora", {"customers-business"}, BUSINESSES),
        ("Bradesco Empresas e Negócios", {"customers-personal"}, BUSINESSES),
        ("Banco Inter PF", {"customers-business"}, PEOPLE),
    ],
)
def test_the_name_says_for_whom_a_brand_is_and_else_what_it_offers(
    brand: str, families: set[str], audience: Bank.Audience
) -> None:
    assert names.audience(brand, families) == audience


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://auth.bank.com.br/x", "auth.bank.com.br"),
        ("https://AUTH.bank.com.br.:443/", "auth.bank.com.br"),
        ("http://bank.com.br/", ""),
        ("https://bank.com.br@evil.example/", ""),
        ("https://evil.example\\@bank.com.br/", ""),
        ("https://bank.com.br:x/", ""),
        ("https:///x", ""),
        ("https://bänk.example/", ""),
        ("naoseaplica", ""),
        (None, ""),
    ],
)
def test_only_a_plain_https_address_has_a_host(url: object, host: str) -> None:
    assert names.host(url) == host


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("api.openbanking.bank.com.br", "bank.com.br"),
        ("www.bank.b.br", "bank.b.br"),
        ("bank.com.br", "bank.com.br"),
        ("com.br", "com.br"),
        ("openfinance.nu.bank", "nu.bank"),
        ("next.me", "next.me"),
        ("localhost", "localhost"),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_a_host_belongs_to_a_domain(host: str, domain: str) -> None:
    assert names.domain(host) == domain
