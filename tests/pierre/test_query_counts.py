"""What a call costs in statements; README's performance note says the same."""

import pytest
import responses
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from pierre.local.expectations import PATH
from tests.openfinance.cold import close_window
from tests.pierre.conftest import Call, Secret
from tests.whatsapp import graph as graph_answers


def statements(captured: CaptureQueriesContext) -> list[str]:
    words = [query["sql"].split()[0] for query in captured.captured_queries]
    return [word for word in words if word not in {"BEGIN", "COMMIT"}]


def test_a_junk_key_costs_none(
    live_db: None, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        api.get(PATH, headers={"Authorization": "Bearer sk-junk"})


@pytest.mark.parametrize("is_cold", [False, True], ids=["in the window", "outside"])
@pytest.mark.parametrize(("name", "count"), [("alice", 11), ("bruno", 12)])
@pytest.mark.usefixtures("approved_templates")
def test_an_accepted_call_costs_as_few_as_the_design_allows(
    call: Call,
    secret: Secret,
    graph: responses.RequestsMock,
    request: pytest.FixtureRequest,
    name: str,
    count: int,
    is_cold: bool,  # noqa: FBT001
) -> None:
    user: User = request.getfixturevalue(name)
    graph_answers.accepts(graph)
    secret(user)
    if is_cold:
        close_window(user)
        count += name == "bruno"  # the list's banks are the template's already
    with CaptureQueriesContext(connection) as captured:
        assert call(user).status_code == 200
    assert len(statements(captured)) == count


def test_a_repeat_costs_no_more_than_the_question(
    call: Call, alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    call(alice)
    with CaptureQueriesContext(connection) as captured:
        assert call(alice).status_code == 200
    assert len(statements(captured)) == 7
