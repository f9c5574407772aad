"""The roles of staff: what each may do, as data. Every `migrate` makes the groups say the same."""

from collections.abc import Mapping
from typing import Final

from django.contrib.auth.models import Group, Permission
from django.db import connection, models


class Role(models.TextChoices):
    """A role; its label is its group's name."""

    SUPPORT = "support", "Suporte"
    CATALOGUE = "catalogue", "Catálogo"
    FINANCE = "finance", "Financeiro"
    AUDITOR = "auditor", "Auditoria"
    ADMINISTRATOR = "administrator", "Administração"


# Models with the permissions on them, then permissions that stand alone.
NAMED: Final[Mapping[Role, Mapping[str, str]]] = {
    Role.SUPPORT: {
        "accounts.user": "view change",
        "accounts.plan": "view",
        "accounts.planbenefit": "view",
        "accounts.subscription": "view",
        "accounts.subscriptionchange": "view",
        "accounts.apikey": "view change",
        "whatsapp.contact": "view change",
        "whatsapp.outgoingmessage": "view",
        "whatsapp.messagestatus": "view",
        "openfinance.bank": "view",
        "openfinance.flow": "view change",
        "openfinance.connection": "view change",
        "openfinance.consent": "view",
        "openfinance.consentevent": "view",
        "openfinance.consenttext": "view",
        "openfinance.attempt": "view",
        "openfinance.notice": "view",
        "openfinance.plannotice": "view",
        "accounts": "reveal_personal_data",
    },
    Role.CATALOGUE: {
        "openfinance.bank": "view change",
        "openfinance.providerkey": "view",
        "whatsapp.messagetemplate": "view",
        "whatsapp.nativeflow": "view",
    },
    Role.FINANCE: {
        "accounts.user": "view",
        "accounts.plan": "view add change delete",
        "accounts.planbenefit": "view add change delete",
        "accounts.subscription": "view add change",
        "accounts.subscriptionchange": "view",
    },
    Role.AUDITOR: {"accounts.auditevent": "view", "auth.group": "view"},
    # An archive has all of a person in one file, so support does not make one: people do it for
    # themselves, on their own pages.
    Role.ADMINISTRATOR: {
        "auth.group": "view",
        "accounts": "manage_staff reveal_personal_data export_personal_data erase_personal_data",
    },
}
# As in INSTALLED_APPS.
APPS: Final = ("accounts", "whatsapp", "openfinance")


def named(role: Role) -> set[str]:
    """Return the permissions that a role has by name, as "app.codename"."""
    found = set()
    for where, words in NAMED[role].items():
        app, _, model = where.partition(".")
        found |= {f"{app}.{word}_{model}" if model else f"{app}.{word}" for word in words.split()}
    return found


def permissions(role: Role) -> set[Permission]:
    """Return all that a role may do, of what there is in the database.

    An auditor sees everything of ours and an administrator may do all of it, by rule, so that what
    a new model brings is theirs without a line here.
    """
    wanted, found = named(role), set()
    everything = Permission.objects.select_related("content_type")
    for permission in everything:
        app = permission.content_type.app_label
        is_ours = app in APPS
        if (
            f"{app}.{permission.codename}" in wanted
            or (is_ours and role is Role.ADMINISTRATOR)
            or (is_ours and role is Role.AUDITOR and permission.codename.startswith("view_"))
        ):
            found.add(permission)
    return found


def grant() -> None:
    """Let each role have what the table says and no more; before there are groups, do nothing."""
    if Group._meta.db_table not in connection.introspection.table_names():
        return
    for role in Role:
        for group in Group.objects.filter(name=role.label):
            group.permissions.set(permissions(role))
