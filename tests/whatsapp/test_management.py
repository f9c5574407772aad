"""The management API's client, at the HTTP edge."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import responses
from pytest_django import Settings

from tests.whatsapp import meta
from whatsapp import business_account, exceptions
from whatsapp.providers.management import Management, Refused, Unreachable

TOKEN = "test-access-token"


@pytest.fixture
def client() -> Iterator[Management]:
    with business_account.connect() as client:
        yield client


def test_a_list_is_read_page_by_page_and_never_from_where_graph_says_it_goes_on(
    client: Management, graph: responses.RequestsMock
) -> None:
    held = meta.mocked(graph)
    held.templates = [{"id": str(number)} for number in range(5)]
    found = list(client.pages(f"{client.account_id}/message_templates", fields="id"))
    assert [template["id"] for template in found] == ["0", "1", "2", "3", "4"]
    assert {call.request.url.split("/")[2] for call in graph.calls if call.request.url} == {
        "graph.example"
    }


def test_a_list_without_an_end_is_given_up(
    client: Management, graph: responses.RequestsMock
) -> None:
    page = {"data": [{"id": "1"}], "paging": {"next": "x", "cursors": {"after": "1"}}}
    graph.add(responses.GET, f"{meta.ACCOUNT}/flows", json=page)
    with pytest.raises(Refused, match="more than 100 pages"):
        list(client.pages(f"{client.account_id}/flows"))


def test_a_refusal_tells_metas_words_for_developers_and_for_people(
    client: Management, graph: responses.RequestsMock
) -> None:
    error = {"code": 100, "message": "(#100) Invalid parameter", "error_user_msg": "O nome existe."}
    graph.add(responses.POST, f"{meta.ACCOUNT}/flows", json={"error": error}, status=400)
    with pytest.raises(Refused) as caught:
        client.post(f"{client.account_id}/flows", {"name": "x"})
    assert (caught.value.code, caught.value.http_status) == (100, 400)
    assert str(caught.value).endswith("(#100) Invalid parameter O nome existe.")


@pytest.mark.parametrize(
    "answer",
    [
        {"body": "<html>Bad gateway</html>", "status": 502},
        {"body": "", "status": 200},
        {"body": "[" * 100_000, "status": 200},
        {"json": [1], "status": 200},
        {"json": {"error": "broken"}, "status": 500},
        {"status": 302, "headers": {"Location": "https://elsewhere.example"}},
    ],
)
def test_what_is_no_answer_of_graphs_is_refused_and_not_followed(
    client: Management, graph: responses.RequestsMock, answer: dict[str, object]
) -> None:
    graph.add(responses.GET, f"{meta.ROOT}/1", **answer)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="not one of Graph's"):
        client.get("1")
    assert len(graph.calls) == 1


@pytest.mark.parametrize("error", [requests.ReadTimeout(TOKEN), requests.ConnectionError(TOKEN)])
def test_no_answer_is_told_apart_and_nothing_is_repeated(
    client: Management, graph: responses.RequestsMock, error: Exception
) -> None:
    graph.add(responses.POST, f"{meta.ROOT}/1", body=error)
    with pytest.raises(Unreachable) as caught:
        client.post("1", {})
    assert len(graph.calls) == 1
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_the_token_is_in_no_error_and_no_repr(
    client: Management, graph: responses.RequestsMock
) -> None:
    error = {"code": 190, "message": f"Malformed access token {TOKEN}"}
    graph.add(responses.GET, f"{meta.ROOT}/1", json={"error": error}, status=401)
    with pytest.raises(Refused) as caught:
        client.get("1")
    assert TOKEN not in f"{caught.value} {caught.value!r} {client!r}"


def test_a_netrc_of_the_environment_does_not_take_the_tokens_place(
    graph: responses.RequestsMock,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine graph.example login someone password else")
    monkeypatch.setenv("NETRC", str(netrc))
    options = settings.WHATSAPP["OPTIONS"] | {"trust_env": True}
    settings.WHATSAPP = settings.WHATSAPP | {"OPTIONS": options}
    graph.add(responses.GET, f"{meta.ROOT}/1", json={"id": "1"})
    with business_account.connect() as client:
        client.get("1")
    assert graph.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_each_request_has_timeouts(client: Management, graph: responses.RequestsMock) -> None:
    match = [responses.matchers.request_kwargs_matcher({"timeout": (3.05, 60.0)})]
    graph.add(responses.GET, f"{meta.ROOT}/1", json={"id": "1"}, match=match)
    assert client.get("1") == {"id": "1"}


@pytest.mark.parametrize("missing", ["account", "access_token", "phone_number_id"])
def test_without_an_account_there_is_no_client(settings: Settings, missing: str) -> None:
    if missing == "account":
        settings.WHATSAPP_BUSINESS_ACCOUNT_ID = ""
    else:
        options = settings.WHATSAPP["OPTIONS"] | {missing: ""}
        settings.WHATSAPP = settings.WHATSAPP | {"OPTIONS": options}
    with pytest.raises(exceptions.AccountNotConfigured):
        business_account.connect()
