"""The table of roles is what the groups in the database say, after every migrate."""

from importlib import import_module

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from pierre import roles
from pierre.roles import Role

pytestmark = pytest.mark.django_db


def existing() -> set[str]:
    rows = Permission.objects.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


def held(role: Role) -> set[str]:
    rows = Group.objects.get(name=role.label).permissions
    return {
        f"{app}.{codename}"
        for app, codename in rows.values_list("content_type__app_label", "codename")
    }


@pytest.mark.parametrize("role", list(Role))
def test_every_permission_that_the_table_names_exists(role: Role) -> None:
    assert roles.named(role) <= existing()
    assert roles.named(role) <= held(role)


def test_only_administrators_take_all_of_a_person_with_them_or_erase_it() -> None:
    for codename in ("export_personal_data", "erase_personal_data"):
        names = Group.objects.filter(permissions__codename=codename).values_list("name", flat=True)
        assert set(names) == {Role.ADMINISTRATOR.label}


def test_only_support_and_administrators_see_what_is_masked() -> None:
    groups = Group.objects.filter(permissions__codename="reveal_personal_data")
    names = set(groups.values_list("name", flat=True))
    assert names == {Role.SUPPORT.label, Role.ADMINISTRATOR.label}


def test_an_auditor_sees_everything_of_ours_and_changes_nothing() -> None:
    ours = {name for name in existing() if name.startswith(roles.APPS)}
    assert {name for name in ours if ".view_" in name} <= held(Role.AUDITOR)
    assert not [name for name in held(Role.AUDITOR) if ".view_" not in name]


def test_an_administrator_may_do_all_that_the_others_may() -> None:
    others = set().union(*(held(role) for role in Role if role is not Role.ADMINISTRATOR))
    assert others < held(Role.ADMINISTRATOR)
    assert "accounts.manage_staff" not in others


def test_a_migrate_puts_back_what_the_table_says() -> None:
    support = Group.objects.get(name=Role.SUPPORT.label)
    before = held(Role.SUPPORT)
    support.permissions.set([Permission.objects.get(codename="manage_staff")])
    call_command("migrate", verbosity=0)
    assert held(Role.SUPPORT) == before


def test_a_group_that_is_no_role_is_left_alone() -> None:
    other = Group.objects.create(name="Parceiros")
    other.permissions.add(Permission.objects.get(codename="view_plan"))
    roles.grant()
    assert other.permissions.count() == 1


def test_the_migration_makes_a_group_for_each_role() -> None:
    migration = import_module("pierre.migrations.0002_roles")
    assert set(migration.NAMES) == set(Role.labels)
