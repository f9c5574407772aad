"""What Meta tells of templates and Flows by webhook, and what may be sent after it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.whatsapp.updates import recorded
from whatsapp import approved_templates, exceptions, signals, updates
from whatsapp.models import MessageTemplate, NativeFlow

# As in the recorded payloads.
META_ID = "1689556908129832"
NAME = "conexao_pendente"
FLOW_ID = "2361400990715627"

pytestmark = pytest.mark.django_db


@pytest.fixture
def template() -> MessageTemplate:
    return MessageTemplate.objects.create(
        name=NAME, meta_id=META_ID, category="UTILITY", status="APPROVED"
    )


@pytest.fixture
def native() -> NativeFlow:
    return NativeFlow.objects.create(meta_id=FLOW_ID, name="x", status="PUBLISHED")


def told(event: str, **changes: Any) -> None:
    """Let Meta say this of the template, as recorded."""
    update = recorded.only(f"message_template_status_update_{event}")
    assert isinstance(update, updates.TemplateStatus)
    signals.account_changed.send(sender=None, update=replace(update, **changes))


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("approved", "APPROVED"),
        ("reinstated", "APPROVED"),
        ("rejected", "REJECTED"),
        ("paused", "PAUSED"),
        ("disabled", "DISABLED"),
        ("pending", "PENDING"),
        ("deleted", "missing"),
        ("pending_deletion", "missing"),
        ("archived", "other"),
        ("flagged", "other"),
        ("in_appeal", "other"),
        ("locked", "other"),
        ("limit_exceeded", "other"),
        ("unarchived", "other"),
    ],
)
def test_a_webhook_keeps_the_state(template: MessageTemplate, event: str, status: str) -> None:
    told(event)
    template.refresh_from_db()
    assert template.status == status
    assert (event.upper() in template.reason) == (status == "other")


def test_a_webhook_keeps_the_reason_and_the_time(template: MessageTemplate) -> None:
    told("paused", title="FIRST_PAUSE", details="because people blocked it")
    template.refresh_from_db()
    assert template.reason.endswith("FIRST_PAUSE: because people blocked it")
    assert template.changed_at


def test_what_meta_tells_late_does_not_undo_what_is_newer(template: MessageTemplate) -> None:
    now = timezone.now()
    told("paused", at=now)
    told("approved", at=now - timedelta(seconds=1))
    template.refresh_from_db()
    assert template.status == "PAUSED"


@pytest.mark.parametrize(("age", "status"), [(timedelta(days=1), "APPROVED"), (None, "PAUSED")])
def test_what_meta_told_well_before_a_sync_is_old(
    template: MessageTemplate, age: timedelta | None, status: str
) -> None:
    now = timezone.now()
    MessageTemplate.objects.update(synced_at=now)
    told("paused", at=now - age if age else now - timedelta(seconds=10))
    template.refresh_from_db()
    assert template.status == status


def test_what_is_told_of_another_template_changes_none_of_ours(template: MessageTemplate) -> None:
    told("disabled", template_id="1")
    template.refresh_from_db()
    assert template.status == "APPROVED"


def test_a_category_that_meta_changes_is_kept(template: MessageTemplate) -> None:
    update = recorded.only("template_category_update")
    signals.account_changed.send(sender=None, update=update)
    template.refresh_from_db()
    assert template.category == "MARKETING"


def test_a_flows_status_is_kept(native: NativeFlow) -> None:
    signals.account_changed.send(sender=None, update=recorded.only("flows_status_change"))
    native.refresh_from_db()
    assert native.status == "THROTTLED"


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"flow_id": FLOW_ID},
        {"flow_id": FLOW_ID, "new_status": "NEW"},
        {"new_status": "BLOCKED"},
    ],
)
def test_what_is_not_understood_of_a_flow_changes_nothing(
    native: NativeFlow, details: dict[str, Any]
) -> None:
    update = recorded.only("flows_status_change")
    assert isinstance(update, updates.AccountEvent)
    signals.account_changed.send(sender=None, update=replace(update, details=details))
    native.refresh_from_db()
    assert native.status == "PUBLISHED"


def test_a_flow_that_was_replaced_stays_so(native: NativeFlow) -> None:
    NativeFlow.objects.update(status="DEPRECATED")
    signals.account_changed.send(sender=None, update=recorded.only("flows_status_change"))
    native.refresh_from_db()
    assert native.status == "DEPRECATED"


def test_an_approved_template_may_be_sent(template: MessageTemplate) -> None:
    assert approved_templates.require(NAME) == template
    assert approved_templates.unsendable([NAME]) == []


@pytest.mark.parametrize("status", sorted({*MessageTemplate.Status.values} - {"APPROVED"}))
def test_any_other_may_not_and_the_error_names_it(template: MessageTemplate, status: str) -> None:
    MessageTemplate.objects.update(status=status)
    with pytest.raises(exceptions.TemplateUnavailable, match=f"{NAME} is {status}") as caught:
        approved_templates.require(NAME)
    assert (caught.value.name, caught.value.state) == (NAME, status)
    assert [row.name for row in approved_templates.unsendable([NAME])] == [NAME]


def test_one_that_was_never_synced_is_missing() -> None:
    with pytest.raises(exceptions.TemplateUnavailable, match=f"{NAME} is missing"):
        approved_templates.require(NAME)
    assert [row.status for row in approved_templates.unsendable([NAME])] == ["missing"]


@pytest.mark.parametrize(
    ("code", "status"),
    [(132001, "missing"), (132015, "PAUSED"), (132016, "DISABLED"), (132000, "APPROVED")],
)
def test_a_refused_send_tells_of_the_template(
    template: MessageTemplate, code: int, status: str
) -> None:
    approved_templates.refused(NAME, code=code, details="because of the test")
    template.refresh_from_db()
    assert template.status == status
