"""No page of the admin has a sealed column on it, whatever is registered there."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts import audit, origins, sealed
from accounts.admin.audit import Who
from accounts.models import AuditEvent, User
from accounts.origins import ActorKind, Origin
from openfinance.models import Access, Attempt, Notice, ProviderKey
from tests.openfinance import rows

pytestmark = pytest.mark.django_db

CPF, TOKEN, KEY, MEMORY = "76109277673", "the-access-token", "the-api-key", "the-verifier"
SEALED = {(model, field.name) for model, field in sealed.columns()}
# The bank of tests has sealed columns of its own, and nothing in the admin.
OURS = {(model, name) for model, name in SEALED if model._meta.app_label == "openfinance"}


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("staff@example.com", "x")


@pytest.fixture
def blobs(alice: User) -> list[bytes]:
    """Write a row for every sealed column of ours, and return what is in them."""
    now, consent = timezone.now(), rows.consent(alice)
    kept: list[tuple[Any, str, str]] = [
        (consent, "cpf", CPF),
        (Access(consent=consent, access_expires_at=now), "access_token", TOKEN),
        (Attempt(consent=consent, state_digest="c", expires_at=now), "remembered", MEMORY),
        (ProviderKey(name="pluggy:1", expires_at=now), "key", KEY),
    ]
    for row, column, text in kept:
        sealed.seal(row, column, text)
        if isinstance(row, Access):
            sealed.seal(row, "refresh_token", TOKEN)
        row.save()
        sealed.reveal(row, column, user=alice.pk, purpose="test")
    Notice.objects.create(consent=consent, kind="connected")
    assert {(type(row), column) for row, column, _ in kept} == OURS - {(Access, "refresh_token")}
    return [bytes(getattr(row, column)) for row, column, _ in kept]


def names(of: Any, request: HttpRequest, row: Model | None) -> set[str]:
    shown = [*flatten_fieldsets(of.get_fieldsets(request, row)), *of.get_fields(request, row)]
    shown += of.get_readonly_fields(request, row)
    return {str(name) for name in shown}


def pages(boss: User) -> Iterator[tuple[type[Model], set[str]]]:
    """Yield each model of each page with the names of the fields that it shows."""
    request = RequestFactory().get("/admin/")
    request.user = boss
    for model, page in admin.site._registry.items():
        row = model._default_manager.first()
        yield model, names(page, request, row) | {str(x) for x in page.get_list_display(request)}
        for inline in page.get_inline_instances(request, row):
            yield inline.model, names(inline, request, row)


def test_no_sealed_column_is_on_a_page_a_form_or_a_list(boss: User, blobs: list[bytes]) -> None:
    shown = list(pages(boss))
    assert len(shown) > len(admin.site._registry)
    assert not {model for model, _ in SEALED - OURS} & {model for model, _ in shown}
    assert not [
        (model, name) for model, fields in shown for name in fields if (model, name) in SEALED
    ]


def test_no_page_has_what_is_sealed_in_it(client: Client, boss: User, blobs: list[bytes]) -> None:
    client.force_login(boss)
    hidden = [CPF, TOKEN, KEY, MEMORY, *(repr(blob[20:])[2:-1] for blob in blobs)]
    hidden += [blob.hex() for blob in blobs]
    opened = 0
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses = [reverse(f"{name}_changelist")]
        addresses += [
            reverse(f"{name}_change", args=[row.pk]) for row in model._default_manager.all()[:3]
        ]
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == 200, address
            assert not [text for text in hidden if text in answer.text], address
            opened += 1
    assert opened > 2 * len(admin.site._registry) - 5


def test_the_audit_is_read_by_person_and_leads_to_what_was_touched(
    client: Client, boss: User, alice: User, bruno: User
) -> None:
    client.force_login(boss)
    for user in (alice, bruno):
        audit.record(user=user, act=AuditEvent.Act.TOKENS_ERASED, target=rows.consent(user))
    address = reverse("admin:accounts_auditevent_changelist")
    text = client.get(address, {"q": "alice@example.com", "act__exact": "tokens_erased"}).text
    consent = alice.connections.get().consents.get()
    assert f'href="{reverse("admin:openfinance_consent_change", args=[consent.pk])}"' in text
    assert "bruno@example.com" not in text


@pytest.mark.parametrize("who", ["staff", "integrator", "unknown"])
def test_the_audit_is_filtered_by_who_acted(client: Client, boss: User, who: str) -> None:
    client.force_login(boss)
    with origins.acting(Origin(kind=ActorKind.STAFF, actor="1")):
        audit.record(user=None, act=AuditEvent.Act.LINK_OPENED, target=boss)
    address = reverse("admin:accounts_auditevent_changelist")
    count = client.get(address, {"who": who}).context["cl"].result_count
    assert count == (who == "staff")


def test_each_kind_of_actor_has_a_name_in_portuguese() -> None:
    assert set(Who.values) == set(ActorKind)
