"""Whatever the directory says of whatever banks there are, a second sync changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from openfinance import catalogue, serving_plans
from openfinance.directory import brand_rules, participants, plans
from openfinance.models import Bank
from tests.openfinance.directory import pieces
from tests.openfinance.directory.pieces import Row

PIECES = (
    "organisation_with_one_brand",
    "organisation_with_people_and_businesses",
    "organisation_with_many_brands",
    "organisation_that_registers_by_another_number",
    "organisation_with_a_brand_of_others",
    "organisation_as_in_2021",
)
BRANDS = ("Nubank", "Itaú PF", "Itaú Empresas", "next", "Inter", "Banco do Brasil", "\u202eX")
NUMBERS = ("18236120000158", "00416968000101", "60746948", "99999999000199", "x")
REFERENCES: tuple[Row, ...] = ({}, {"connector_id": 1}, {"issuer": "https://a.example"})


@dataclass(frozen=True)
class Drawn:
    """An organisation, recorded or with something of another one."""

    piece: str
    organisation_id: str | None
    number: str | None
    brands: tuple[str | None, ...]
    server_ids: tuple[str | None, ...]

    def row(self) -> Row:
        row = pieces.recorded(self.piece)
        row["OrganisationId"] = self.organisation_id or row["OrganisationId"]
        row["RegistrationNumber"] = self.number or row["RegistrationNumber"]
        for place, server in enumerate(row["AuthorisationServers"]):
            brand, server_id = self.brands[place], self.server_ids[place]
            server["CustomerFriendlyName"] = brand or server["CustomerFriendlyName"]
            server["AuthorisationServerId"] = server_id or server["AuthorisationServerId"]
        return row


def three(values: Sequence[str]) -> st.SearchStrategy[tuple[str | None, ...]]:
    one = st.none() | st.sampled_from(values)
    return st.tuples(one, one, one)


organisations = st.builds(
    Drawn,
    piece=st.sampled_from(PIECES),
    organisation_id=st.none() | st.sampled_from(("one", "two", "three")),
    number=st.none() | st.sampled_from(NUMBERS),
    brands=three(BRANDS),
    server_ids=three(("s1", "s2", "s3")),
)
listings = st.lists(organisations, max_size=5)
staff_edits = st.lists(
    st.tuples(
        st.sampled_from(("nubank", "inter", "bradesco", "bv", "sicoob")),
        st.sampled_from(("", "sandbox", "pluggy", "brasil")),
        st.sampled_from(REFERENCES),
    ),
    max_size=4,
)


def sync(drawn: Sequence[Drawn]) -> serving_plans.Plan:
    directory = participants.read(pieces.directory([one.row() for one in drawn]))
    rules, today = brand_rules.shipped(), timezone.localdate()
    maker = partial(plans.make, directory, rules=rules, today=today)
    plan = serving_plans.make(maker)
    serving_plans.carry_out(maker, shown=plan)
    return plan


@pytest.mark.django_db
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    # Each example is seconds of work: shrinking one takes longer than reading it.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(first=listings, second=listings, edits=staff_edits)
def test_a_second_sync_changes_nothing(
    first: list[Drawn], second: list[Drawn], edits: list[tuple[str, str, Row]]
) -> None:
    with transaction.atomic():
        catalogue.sync()
        for slug, provider, reference in edits:
            row = Bank.objects.filter(slug=slug)
            row.update(provider=provider, provider_reference=reference)
        sync(first)
        sync(second)
        assert sync(second).is_empty
        assert catalogue.sync().changes == ()
        transaction.set_rollback(True)
