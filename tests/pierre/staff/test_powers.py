"""Nobody of the staff gives anybody, or takes over, more than they have."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from accounts import api_keys
from accounts.models import ApiKey, AuditEvent, StaffSession, User
from pierre.roles import Role
from tests.openfinance import rows
from tests.pierre.staff.conftest import Hire
from tests.pierre.staff.table import OWN
from whatsapp.models import Contact

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


def statuses(client: Client, user: User) -> set[int]:
    """Send nothing to each page that does something to an account; return what is answered."""
    acting = {
        name: own.more
        for name, own in OWN.items()
        if own.of == "accounts.user" and name != "accounts_user_trail"
    }
    assert len(acting) > 5
    addresses = [reverse(f"admin:{name}", args=[user.pk, *more]) for name, more in acting.items()]
    return {client.post(address, {}).status_code for address in addresses}


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
    assert statuses(client, target) == {403}
    assert not ApiKey.objects.exists()


def test_no_permission_of_support_reaches_what_is_known_of_staff(
    client: Client, helper: User, boss: User
) -> None:
    names = ("export_personal_data", "erase_personal_data")
    helper.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client.force_login(helper)
    assert statuses(client, boss) == {403}
    boss.refresh_from_db()
    assert (boss.is_active, boss.erasure_requested_at) == (True, None)


def test_support_neither_rolls_nor_revokes_a_key_of_staff(
    client: Client, helper: User, boss: User, customer: User
) -> None:
    of_staff, of_customer = (api_keys.issue(user=user)[0] for user in (boss, customer))
    client.force_login(helper)
    roll = reverse("admin:accounts_apikey_roll", args=[of_staff.pk])
    assert client.post(roll, {"overlap": "none"}).status_code == 403
    keys = {"action": "revoke", "_selected_action": [of_staff.pk, of_customer.pk]}
    client.post(reverse("admin:accounts_apikey_changelist"), keys)
    assert list(ApiKey.objects.live()) == [of_staff]


@pytest.mark.parametrize("name", ["whatsapp_contact", "whatsapp_outgoingmessage"])
def test_support_does_not_see_in_full_where_staff_are_reached(
    client: Client, helper: User, boss: User, alice: User, name: str
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    row = rows.message(alice) if "message" in name else Contact.objects.get(phone=alice.phone)
    reveal = reverse(f"admin:{name}_reveal", args=[row.pk, "phone"])
    client.force_login(helper)
    assert "Mostrar" not in client.get(reverse(f"admin:{name}_change", args=[row.pk])).text
    assert client.post(reveal).status_code == 403
    client.force_login(boss)
    assert alice.phone in client.post(reveal).text


def test_a_page_offers_support_nothing_that_it_would_refuse(
    client: Client, helper: User, boss: User, customer: User
) -> None:
    client.force_login(helper)
    for name in ("accounts_user_send_code", "accounts_user_new_key"):
        assert reverse(f"admin:{name}", args=[customer.pk]) in client.get(page(customer)).text
        assert reverse(f"admin:{name}", args=[boss.pk]) not in client.get(page(boss)).text


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
    assert statuses(client, chief) == {403}


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
