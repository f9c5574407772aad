"""`manage.py check --database default` tells what is missing at Meta."""

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from pierre.local import flow_key
from whatsapp.models import MessageTemplate, NativeFlow

Templates = dict[str, MessageTemplate]


def found() -> list[tuple[str | None, str]]:
    messages = run_checks(databases=["default"])
    return [(str(each.id), each.msg) for each in messages if str(each.id).startswith("pierre.")]


def test_approved_templates_have_nothing_to_say(approved_templates: Templates) -> None:
    assert found() == []


def test_each_template_that_cannot_be_sent_is_named_with_its_state(
    approved_templates: Templates,
) -> None:
    MessageTemplate.objects.filter(name="aviso_premium").update(status="PAUSED", reason="ABUSE")
    MessageTemplate.objects.filter(name="conexao_vencendo").delete()
    assert found() == [
        ("pierre.W003", "The WhatsApp template aviso_premium cannot be sent (PAUSED: ABUSE)."),
        ("pierre.W003", "The WhatsApp template conexao_vencendo cannot be sent (missing)."),
    ]


@pytest.mark.parametrize(("status", "ids"), [("PUBLISHED", []), ("BLOCKED", ["pierre.W005"])])
def test_a_flow_with_a_key_must_be_published(
    approved_templates: Templates,
    settings: Settings,
    tmp_path: Path,
    status: str,
    ids: list[str],
) -> None:
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = [str(flow_key.ensure(tmp_path))]
    NativeFlow.objects.create(meta_id="7", name="x", status=status)
    assert [code for code, _ in found()] == ids


@pytest.mark.django_db
def test_the_other_checks_ask_the_database_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        run_checks()


@pytest.mark.django_db
def test_before_the_tables_exist_there_is_nothing_to_say() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE whatsapp_nativeflow RENAME TO elsewhere")
    assert found() == []
