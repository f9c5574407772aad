"""Nobody of the staff gives anybody, or takes over, more than they have."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey, AuditEvent, StaffSession, User
from pierre.roles import Role
from tests.pierre.staff.conftest import Hire

pytestmark = pytest.mark.django_db


def page(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def form(user: User, **changes: object) -> dict[str, object]:
    """Return what the form of somebody without subscription and keys sends."""
    empty = {
        f"{prefix}-{count}_FORMS": "0"
        for prefix in ("subscriptions", "api_keys")
        for count in ("TOTAL", "INITIAL")
    }
    sent: dict[str, object] = {
        "email": user.email,
        "name": user.name,
        "is_active": "on",
        "phone": "",
        **empty,
    }
    if user.is_staff:
        sent["is_staff"] = "on"
    sent["groups"] = list(user.groups.values_list("pk", flat=True))
    return sent | changes


def group(role: Role) -> Group:
    return Group.objects.get(name=role.label)


@pytest.fixture
def customer(db: None) -> User:
    return User.objects.create_user("cliente@example.com", name="Cliente")


def test_support_changes_a_customer_but_makes_nobody_staff(
    client: Client, helper: User, customer: User
) -> None:
    client.force_login(helper)
    powers = {"is_staff": "on", "is_superuser": "on", "groups": [group(Role.ADMINISTRATOR).pk]}
    powers["user_permissions"] = [Permission.objects.get(codename="manage_staff").pk]
    answer = client.post(page(customer), form(customer, name="Novo nome", **powers))
    assert answer.status_code == 302
    customer.refresh_from_db()
    assert (customer.name, customer.is_staff, customer.is_superuser) == ("Novo nome", False, False)
    assert not customer.groups.exists()
    assert not customer.user_permissions.exists()


@pytest.mark.parametrize("whose", [Role.SUPPORT, Role.FINANCE, Role.ADMINISTRATOR])
def test_support_does_not_touch_staff_nor_themselves(
    client: Client, helper: User, hire: Hire, whose: Role
) -> None:
    target = helper if whose is Role.SUPPORT else hire(whose)
    client.force_login(helper)
    assert client.post(page(target), form(target, email="x@example.com")).status_code == 403
    for name in ("auth_user_password_change", "accounts_user_new_key"):
        assert client.post(reverse(f"admin:{name}", args=[target.pk]), {}).status_code == 403
    assert not ApiKey.objects.exists()


def test_an_administrator_gives_a_role_and_it_is_on_record_and_ends_sessions(
    client: Client, boss: User, helper: User
) -> None:
    Client().force_login(helper)
    client.force_login(boss)
    given = [group(Role.SUPPORT).pk, group(Role.FINANCE).pk]
    assert client.post(page(helper), form(helper, groups=given)).status_code == 302
    assert set(helper.groups.values_list("name", flat=True)) == {"Suporte", "Financeiro"}
    event = AuditEvent.objects.get(act="roles_changed")
    assert (event.user, event.actor, event.result) == (helper, str(boss.pk), "staff")
    assert event.details == {"roles": "Financeiro,Suporte"}
    assert not StaffSession.objects.live().filter(user=helper).exists()


def test_an_administrator_makes_no_superuser_and_touches_none(
    client: Client, boss: User, helper: User, hire: Hire
) -> None:
    client.force_login(boss)
    client.post(page(helper), form(helper, is_superuser="on", user_permissions=[1]))
    helper.refresh_from_db()
    assert not helper.is_superuser
    assert not helper.user_permissions.exists()
    chief = hire(None, is_superuser=True)
    assert client.post(page(chief), form(chief, email="x@example.com")).status_code == 403
    change = reverse("admin:auth_user_password_change", args=[chief.pk])
    assert client.post(change, {}).status_code == 403


def test_an_administrator_gives_no_role_with_more_than_they_have(
    client: Client, boss: User, helper: User
) -> None:
    stronger = Group.objects.create(name="Mais forte")
    stronger.permissions.add(Permission.objects.get(codename="delete_session"))
    client.force_login(boss)
    assert "Mais forte" not in client.get(page(helper)).text
    answer = client.post(page(helper), form(helper, groups=[stronger.pk]))
    assert (answer.status_code, helper.groups.filter(pk=stronger.pk).exists()) == (200, False)


def test_a_superuser_makes_another(client: Client, hire: Hire, helper: User) -> None:
    client.force_login(hire(None, is_superuser=True))
    assert client.post(page(helper), form(helper, is_superuser="on")).status_code == 302
    helper.refresh_from_db()
    assert helper.is_superuser
