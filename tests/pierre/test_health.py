import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings


def test_a_living_process_says_so_without_a_query(
    db: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}


def test_a_process_that_can_work_is_ready(db: None, client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]) == (
        200,
        {"database": "ok", "whatsapp": "ok"},
    )


def test_without_whatsapp_it_is_not_ready(db: None, client: Client, settings: Settings) -> None:
    whatsapp = django_settings.WHATSAPP
    settings.WHATSAPP = {**whatsapp, "OPTIONS": {**whatsapp["OPTIONS"], "access_token": ""}}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["whatsapp"]) == (503, "failed")


@pytest.mark.django_db(transaction=True)
def test_without_the_database_it_is_not_ready_and_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    with monkeypatch.context() as broken:
        broken.setitem(connection.settings_dict, "NAME", "there_is_no_such_database")
        broken.setitem(connection.settings_dict, "OPTIONS", {})
        answer = client.get("/readyz")
        connection.close()
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "failed")
