"""The permission groups, held against the official specification."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openfinance import permissions
from openfinance.permissions import Group

SPECIFICATION = Path(__file__).parent / "brasil" / "specification" / "consents-3.3.1.yml"

some_groups = st.sets(st.sampled_from(Group), min_size=1)
some_permissions = st.sets(st.sampled_from(sorted(permissions.KNOWN)))


def allowed(groups: set[Group]) -> bool:
    return not (groups & permissions.OF_PEOPLE and groups & permissions.OF_BUSINESSES)


def test_every_permission_is_spelt_as_in_the_specification_and_none_is_missing() -> None:
    names = re.findall(r"^ +- ([A-Z_]+_READ)$", SPECIFICATION.read_text("utf-8-sig"), re.MULTILINE)
    assert set(names) == permissions.KNOWN


def test_every_scope_is_one_of_the_specification_and_none_is_missing() -> None:
    table = SPECIFICATION.read_text("utf-8-sig").partition("A instituição transmissora deve")[0]
    cells = {line.split("|")[-2].strip() for line in table.splitlines() if line.count("|") > 3}
    scopes = {cell for cell in cells if re.fullmatch(r"[a-z-]+", cell) and set(cell) != {"-"}}
    assert scopes == {*permissions.SCOPES}


def test_credit_is_one_block_of_sixteen() -> None:
    assert len(permissions.PERMISSIONS[Group.CREDIT]) == 17
    assert len(permissions.PERMISSIONS[Group.INVESTMENTS]) == 6


@given(some_groups.filter(allowed))
def test_what_groups_expand_to_is_whole_each_once_and_never_without_resources(
    groups: set[Group],
) -> None:
    names = permissions.expand(groups)
    assert len(set(names)) == len(names)
    assert names[-1] == permissions.RESOURCES
    assert groups <= set(permissions.groups(names))
    assert permissions.stray(names) == frozenset()


@given(some_groups.filter(allowed))
def test_the_order_of_choosing_makes_no_difference(groups: set[Group]) -> None:
    assert permissions.expand(sorted(groups)) == permissions.expand(sorted(groups, reverse=True))


@given(some_groups.filter(lambda groups: not allowed(groups)))
def test_a_person_and_a_business_never_go_together(groups: set[Group]) -> None:
    with pytest.raises(permissions.BadCombination):
        permissions.expand(groups)


def test_no_group_is_no_consent() -> None:
    with pytest.raises(permissions.BadCombination):
        permissions.expand([])


@given(some_permissions)
def test_a_permission_is_stray_or_in_a_group_that_is_whole(names: set[str]) -> None:
    stray = permissions.stray(names)
    whole = {name for group in permissions.groups(names) for name in permissions.PERMISSIONS[group]}
    assert whole <= names
    assert stray == names - whole


@given(some_groups.filter(allowed), st.data())
def test_taking_anything_from_a_single_group_leaves_no_group_of_it(
    groups: set[Group], data: st.DataObject
) -> None:
    group = data.draw(st.sampled_from(sorted(groups)))
    taken = data.draw(st.sampled_from(permissions.PERMISSIONS[group]))
    left = [name for name in permissions.expand(groups) if name != taken]
    assert group not in permissions.groups(left)


@given(some_permissions)
def test_scopes_are_few_known_and_each_once(names: set[str]) -> None:
    scopes = permissions.scopes(names)
    assert len(set(scopes)) == len(scopes) <= len(names)
    assert set(scopes) <= {*permissions.SCOPES}


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("ACCOUNTS_OVERDRAFT_LIMITS_READ", "accounts"),
        ("UNARRANGED_ACCOUNTS_OVERDRAFT_READ", "unarranged-accounts-overdraft"),
        ("CREDIT_CARDS_ACCOUNTS_READ", "credit-cards-accounts"),
        ("FINANCINGS_READ", "financings"),
        ("INVOICE_FINANCINGS_READ", "invoice-financings"),
    ],
)
def test_names_that_contain_each_other_keep_their_own_scope(name: str, scope: str) -> None:
    assert permissions.scopes([name]) == (scope,)


def test_a_permission_that_does_not_exist_has_no_scope() -> None:
    with pytest.raises(KeyError):
        permissions.scopes(["ACCOUNTS_WRITE"])
