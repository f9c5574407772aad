"""Pluggy's connectors, and which of our banks each one leads to."""

from typing import Any

import pytest

from openfinance.providers import ProviderError, Reason
from openfinance.providers.pluggy import connectors
from openfinance.providers.pluggy.connectors import Audience, Candidate, Connector, Rule
from tests.openfinance.pluggy import person
from tests.openfinance.pluggy.person import PluggyWorld
from tests.openfinance.pluggy.server import Pluggy

PF, PJ = Audience.PEOPLE, Audience.BUSINESSES
ITAU = Candidate(
    slug="itau", cnpj="60701190000104", names=("Itaú", "banco itaú", "iti"), audience=PF
)
ITAU_PJ = Candidate(slug="itau-pj", cnpj="", names=("Itaú Empresas",), audience=PJ)
NUBANK = Candidate(slug="nubank", cnpj="18236120000158", names=("Nubank", "nu"), audience=PF)
OURS = (ITAU, ITAU_PJ, NUBANK)


def connector(number: int, name: str, audience: Audience | None = PF) -> Connector:
    return Connector(id=number, name=name, audience=audience)


def test_the_connectors_of_brazilian_open_finance_are_listed_to_the_last_page(
    world: PluggyWorld,
) -> None:
    found = world.provider.connectors()
    assert [one.id for one in found] == [601, 602, 603, 604, 614]
    assert [one.audience for one in found] == [PF, PJ, PF, PF, None]
    calls = world.pluggy.made("GET /connectors")
    assert [call.query.pop("page") for call in calls] == ["1", "2", "3"]
    assert calls[0].query == {"countries": "BR", "isOpenFinance": "true"}


def test_pluggys_own_banks_are_listed_only_where_they_are_admitted(pluggy: Pluggy) -> None:
    provider = person.provider(pluggy, with_sandbox=True)
    provider.connectors()
    provider.close()
    assert pluggy.made("GET /connectors")[0].query["sandbox"] == "true"


def test_a_list_that_knows_no_pages_is_read_once(world: PluggyWorld) -> None:
    body = b'{"results": [{"id": 601, "name": "Ita\\u00fa"}], "totalPages": 9}'
    world.pluggy.fail("GET /connectors", body=body)
    assert [one.name for one in world.provider.connectors()] == ["Itaú"]
    assert len(world.pluggy.made("GET /connectors")) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"results": [7]}',
        b'{"results": [{"id": "601", "name": "x"}]}',
        b'{"results": [{"id": 601, "name": ""}]}',
    ],
)
def test_a_malformed_list_is_refused_whole(world: PluggyWorld, body: bytes) -> None:
    world.pluggy.fail("GET /connectors", body=body)
    with pytest.raises(ProviderError) as caught:
        world.provider.connectors()
    assert caught.value.reason is Reason.BAD_ANSWER


def test_a_list_that_does_not_end_is_refused(world: PluggyWorld) -> None:
    rows: list[dict[str, Any]] = [{"id": number, "name": "x"} for number in range(101)]
    world.pluggy.connectors = rows
    with pytest.raises(ProviderError) as caught:
        world.provider.connectors()
    assert caught.value.details == "too many pages"


def test_the_recorded_connectors_find_their_banks(world: PluggyWorld) -> None:
    mapped = connectors.match(world.provider.connectors(), OURS)
    assert [(one.slug, one.connector.id, one.rule) for one in mapped.matches] == [
        ("itau", 601, Rule.TABLE),
        ("itau-pj", 602, Rule.NAME),
        ("nubank", 603, Rule.NAME),
    ]
    assert [one.id for one in mapped.unmatched] == [604, 614]
    assert mapped.matches[0].connector.reference() == {"connector_id": 601}


def test_every_connector_is_told_once(world: PluggyWorld) -> None:
    found = [*world.provider.connectors(), connector(699, "NUBANK")]
    mapped = connectors.match(found, OURS)
    told = [one.connector for one in mapped.matches] + [*mapped.rivals, *mapped.unmatched]
    assert sorted(one.id for one in told) == sorted(one.id for one in found)


@pytest.mark.parametrize(
    "name", ["Nubank", "NUBANK", "nubank ", "Nu", "Nubank - Pessoa Física", "Nubank PF", "Nubánk"]
)
def test_a_name_that_is_ours_to_the_letter_decides(name: str) -> None:
    mapped = connectors.match([connector(700, name)], OURS)
    assert [one.slug for one in mapped.matches] == ["nubank"]


@pytest.mark.parametrize(
    "name", ["Nubanco", "Nubank Investimentos", "Nu Invest", "Banco Nubank", "N", "PF", ""]
)
def test_a_name_that_is_only_like_ours_decides_nothing(name: str) -> None:
    mapped = connectors.match([connector(700, name)], OURS)
    assert (mapped.matches, len(mapped.unmatched)) == ((), 1)


@pytest.mark.parametrize("audience", [PJ, None])
def test_a_connector_for_others_is_not_the_banks(audience: Audience | None) -> None:
    assert connectors.match([connector(601, "Itaú", audience)], [ITAU, NUBANK]).matches == ()


def test_of_two_connectors_with_one_name_staff_decide() -> None:
    mapped = connectors.match([connector(700, "Nubank"), connector(701, "Nubank PF")], OURS)
    assert mapped.matches == ()
    assert [one.id for one in mapped.rivals] == [700, 701]


def test_of_two_banks_with_one_name_staff_decide() -> None:
    twin = Candidate(slug="nu-pagamentos", cnpj="", names=("NU",), audience=PF)
    mapped = connectors.match([connector(700, "Nu")], [*OURS, twin])
    assert (mapped.matches, len(mapped.rivals)) == ((), 1)


def test_the_table_comes_before_names() -> None:
    mapped = connectors.match([connector(700, "Itaú"), connector(601, "Something else")], OURS)
    assert [(one.slug, one.connector.id) for one in mapped.matches] == [("itau", 601)]
    assert [one.id for one in mapped.rivals] == [700]


def test_a_connector_of_the_table_is_no_other_bank_by_its_name() -> None:
    mapped = connectors.match([connector(601, "Nubank")], [NUBANK])
    assert (mapped.matches, len(mapped.unmatched)) == ((), 1)


def test_staff_may_know_more_than_the_table() -> None:
    known = {**connectors.KNOWN, 700: NUBANK.cnpj}
    mapped = connectors.match([connector(700, "Roxinho")], OURS, known=known)
    assert [one.slug for one in mapped.matches] == ["nubank"]
