"""The cast of every test: Alice is Premium, Bruno is Pro, Clara is Basic, Davi has no plan."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import responses
from django.core.cache import caches
from django.db import connections
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from accounts.models import (
    AuditChain,
    AuditEvent,
    AuditSeal,
    AuditSealDelivery,
    AuditSealedHead,
    Plan,
    Subscription,
    User,
)
from openfinance import catalogue, message_templates
from tests import emptying
from whatsapp.models import Contact, MessageTemplate


def _person(name: str, phone: str, plan: str | None) -> User:
    user = User.objects.create_user(
        f"{name.lower()}@example.com", name=name, phone=phone, phone_verified_at=timezone.now()
    )
    if plan:
        Subscription.objects.create(user=user, plan=Plan.objects.get(slug=plan))
        # Whoever has a plan has just written, so that any message may be sent to them.
        now = timezone.now()
        Contact.objects.create(phone=phone, window_ends_at=now + timedelta(hours=24))
    return user


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let tests empty the audit's tables, which nobody else may, and put back what was there."""
    with django_db_blocker.unblock():
        with connections["default"].cursor() as cursor:
            for table in (AuditEvent, AuditChain, AuditSeal, AuditSealedHead, AuditSealDelivery):
                cursor.execute(f"DROP TRIGGER never_emptied ON {table._meta.db_table}")
        emptying.remember()


@pytest.fixture
def alice(db: None) -> User:
    return _person("Alice", "+5511987654321", "premium")


@pytest.fixture
def bruno(db: None) -> User:
    return _person("Bruno", "+5521987654322", "pro")


@pytest.fixture
def clara(db: None) -> User:
    return _person("Clara", "+5531987654323", "basic")


@pytest.fixture
def davi(db: None) -> User:
    return _person("Davi", "+5541987654324", None)


@pytest.fixture
def approved_templates(db: None) -> dict[str, MessageTemplate]:
    """Store our templates, by name, as a sync does once Meta has approved them all."""
    catalogue.sync()
    return {
        definition.name: MessageTemplate.objects.create(
            name=definition.name,
            meta_id=f"1689556908{number}",
            category=definition.category,
            status=MessageTemplate.Status.APPROVED,
            components=definition.content()["components"],
            fills=dict(definition.fills),
        )
        for number, definition in enumerate(message_templates.definitions())
    }


@pytest.fixture
def live_db(transactional_db: None) -> None:
    """Allow what a test transaction would hide: a message is sent with no transaction open."""
    caches["counters"].clear()


@pytest.fixture
def graph() -> Iterator[responses.RequestsMock]:
    """Stand in for Meta at the HTTP edge; a test says what it answers with `graph_accepts`."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def api() -> APIClient:
    return APIClient()


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test be limited by what another one counted, nor meet the sweep of chance."""
    caches["addresses"].clear()
    monkeypatch.setattr("pierre.counters._SWEEP_CHANCE", 0.0)
