"""The register of processing: no column of a person's is used without a word about it."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Model

from accounts import processing
from accounts.models import User
from accounts.processing import Owner, Retention
from pierre.privacy import belongings, elsewhere, register, retention
from tests.pierre.privacy import dumps

OURS = ("accounts", "whatsapp", "openfinance", "pierre")
MODELS = [
    model for model in apps.get_models() if model._meta.app_label in OURS and not model._meta.proxy
]
# Django's and procrastinate's tables that hold nothing of a person.
NOBODYS = {
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
    # Which groups and permissions a user has: links of ids.
    "accounts_user_groups",
    "accounts_user_user_permissions",
}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_each_column_says_what_it_holds(model: type[Model]) -> None:
    declaration = processing.of(model)
    assert declaration is not None, "give the model a `personal_data`: accounts/processing.py"
    said = [name for use in declaration.uses for name in use.fields] + [*declaration.impersonal]
    assert sorted(said) == sorted(processing.must_be_declared(model))


def test_a_new_column_that_says_nothing_is_asked_for() -> None:
    class Undeclared(models.Model):
        nickname = models.TextField()
        friend = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
        scribble = models.BinaryField()
        at = models.DateTimeField()

        class Meta:
            app_label = "undeclared"

        def __str__(self) -> str:
            return self.nickname

    assert processing.of(Undeclared) is None
    assert processing.must_be_declared(Undeclared) == {"nickname", "friend", "scribble"}


@pytest.mark.django_db
def test_no_table_is_without_a_declaration() -> None:
    known = {model._meta.db_table for model in belongings.declared()} | set(elsewhere.TABLES)
    assert set(dumps.tables()) - known == NOBODYS


@pytest.mark.parametrize(
    "model",
    [model for model, declaration in belongings.declared().items() if declaration.uses],
    ids=lambda model: model._meta.label,
)
def test_what_is_personal_is_found_from_its_person(model: type[Model], alice: User) -> None:
    found = belongings.rows(model, user=alice, known=belongings.known_as(alice))
    if found is None:
        assert belongings.declared()[model].owner in {Owner.MANY, Owner.APART}
    else:
        assert found.model is model


def test_nobodys_tables_hold_nothing_personal() -> None:
    everything = [*belongings.declared().values(), *elsewhere.TABLES.values()]
    assert not [one for one in everything if one.owner == Owner.NOBODY and one.uses]


def test_each_period_has_its_days_and_its_rule() -> None:
    own_ends = {Retention.ACCOUNT, Retention.AUDIT}
    assert set(settings.RETENTION) == set(Retention) - own_ends
    assert {rule.keep for rule in retention.RULES if rule.keep} == set(Retention) - own_ends - {
        Retention.PROOF
    }


def test_the_documentation_is_what_the_models_say() -> None:
    assert register.PATH.read_text(encoding="utf-8") == register.text()
