"""`manage.py sync_whatsapp_flow` against a Meta that keeps what it is told."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import responses
from django.core.management import CommandError, call_command
from pytest_django import Settings

from openfinance import native_flow
from pierre.local import flow_key
from tests.whatsapp import meta
from tests.whatsapp.meta import Meta
from whatsapp import flow_keys, native_flows
from whatsapp.models import NativeFlow

ENDPOINT = "https://connect.example/webhooks/whatsapp/flows"

Sync = Callable[[], str]


@pytest.fixture
def at_meta(db: None, graph: responses.RequestsMock, tmp_path: Path, settings: Settings) -> Meta:
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = [str(flow_key.ensure(tmp_path))]
    return meta.mocked(graph)


@pytest.fixture
def sync(at_meta: Meta) -> Sync:
    """Run the command, and return what it printed."""

    def run() -> str:
        output = io.StringIO()
        call_command("sync_whatsapp_flow", stdout=output)
        return output.getvalue()

    return run


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Change the title of the first screen."""

    def to(title: str) -> None:
        flow = json.loads(native_flow.SHIPPED.read_text(encoding="utf-8"))
        flow["screens"][0]["title"] = title
        path = tmp_path / "flow.json"
        path.write_text(json.dumps(flow))
        monkeypatch.setattr(native_flow, "SHIPPED", path)

    return to


def test_it_uploads_the_key_creates_the_flow_and_publishes_it(sync: Sync, at_meta: Meta) -> None:
    printed = sync()
    ((key, flow),) = at_meta.flows.items()
    assert (flow["status"], flow["endpoint_uri"], flow["categories"]) == (
        "PUBLISHED",
        ENDPOINT,
        ["OTHER"],
    )
    assert flow["json"] == native_flow.definition(privacy_url="https://pierre.finance/privacidade")
    assert at_meta.public_key == flow_keys.load().public_key_pem()
    assert f"Flow {key}: published" in printed


def test_the_published_flow_is_the_one_to_send(sync: Sync, at_meta: Meta) -> None:
    sync()
    native = native_flows.usable()
    assert native
    assert native.meta_id in at_meta.flows
    assert native.published_at


def test_a_second_run_does_nothing_and_says_so(sync: Sync, at_meta: Meta) -> None:
    sync()
    at_meta.asked.clear()
    printed = sync()
    assert at_meta.writes() == []
    assert "Public key: unchanged" in printed
    assert "PUBLISHED, unchanged" in printed


def test_a_changed_definition_becomes_a_clone_and_the_old_flow_is_deprecated_last(
    sync: Sync, at_meta: Meta, change: Callable[[str], None]
) -> None:
    sync()
    at_meta.asked.clear()
    change("Qual é o seu banco?")
    sync()
    old, new = at_meta.flows
    assert at_meta.flow_states() == {old: "DEPRECATED", new: "PUBLISHED"}
    assert at_meta.flows[new]["clone_flow_id"] == old
    assert at_meta.writes() == ["POST flows", "POST assets", "POST publish", "POST deprecate"]
    assert NativeFlow.objects.usable().get().meta_id == new


def test_a_definition_that_comes_back_is_published_under_another_name(
    sync: Sync, at_meta: Meta, change: Callable[[str], None]
) -> None:
    change("Primeira")
    sync()
    change("Segunda")
    sync()
    change("Primeira")
    sync()
    names = [flow["name"] for flow in at_meta.flows.values()]
    assert list(at_meta.flow_states().values()) == ["DEPRECATED", "DEPRECATED", "PUBLISHED"]
    assert len(set(names)) == 3


def test_a_new_address_changes_the_flow_and_publishes_none(
    sync: Sync, at_meta: Meta, settings: Settings
) -> None:
    sync()
    settings.PUBLIC_URL = "https://other.example"
    at_meta.asked.clear()
    sync()
    ((key, flow),) = at_meta.flows.items()
    assert flow["endpoint_uri"] == "https://other.example/webhooks/whatsapp/flows"
    assert at_meta.writes() == [f"POST {key}"]


def test_a_new_key_is_uploaded(
    sync: Sync, at_meta: Meta, settings: Settings, tmp_path: Path
) -> None:
    sync()
    (tmp_path / "new").mkdir()
    settings.WHATSAPP_FLOW_PRIVATE_KEYS.insert(0, str(flow_key.ensure(tmp_path / "new")))
    assert "Public key: uploaded" in sync()
    assert at_meta.public_key == flow_keys.load().public_key_pem()


def test_what_meta_finds_invalid_is_told_with_its_place_and_not_published(
    sync: Sync, at_meta: Meta
) -> None:
    at_meta.problems = [
        {"message": "Unknown property", "line_start": 7, "pointers": [{"path": "screens[0].x"}]},
        {"error": "INVALID"},
    ]
    with pytest.raises(CommandError) as caught:
        sync()
    assert "screens[0].x, line 7: Unknown property\nflow: INVALID" in str(caught.value)
    assert list(at_meta.flow_states().values()) == ["DRAFT"]
    assert native_flows.usable() is None


def test_after_a_correction_the_same_draft_goes_on(sync: Sync, at_meta: Meta) -> None:
    at_meta.problems = [{"error": "INVALID"}]
    with pytest.raises(CommandError):
        sync()
    at_meta.problems = []
    sync()
    assert list(at_meta.flow_states().values()) == ["PUBLISHED"]


@pytest.mark.parametrize("dies_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("dies_at", range(1, 7))
def test_killed_anywhere_the_next_run_goes_on(
    sync: Sync,
    at_meta: Meta,
    dies_at: int,
    dies_after: bool,  # noqa: FBT001
) -> None:
    at_meta.dies_at, at_meta.dies_after = dies_at, dies_after
    with pytest.raises(meta.Killed):
        sync()
    sync()
    assert list(at_meta.flow_states().values()) == ["PUBLISHED"]
    assert NativeFlow.objects.get() == native_flows.usable()


@pytest.mark.parametrize("dies_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("dies_at", range(1, 7))
def test_killed_in_a_change_of_version_one_flow_can_be_sent_all_the_time(
    sync: Sync,
    at_meta: Meta,
    change: Callable[[str], None],
    dies_at: int,
    dies_after: bool,  # noqa: FBT001
) -> None:
    sync()
    change("Qual é o seu banco?")
    at_meta.asked.clear()
    at_meta.dies_at, at_meta.dies_after = dies_at, dies_after
    with pytest.raises(meta.Killed):
        sync()
    between = native_flows.usable()
    assert between
    assert at_meta.flows[between.meta_id]["status"] == "PUBLISHED"
    sync()
    assert list(at_meta.flow_states().values()) == ["DEPRECATED", "PUBLISHED"]


@pytest.mark.parametrize("status", ["THROTTLED", "BLOCKED"])
def test_what_only_meta_can_undo_is_told(sync: Sync, at_meta: Meta, status: str) -> None:
    sync()
    for flow in at_meta.flows.values():
        flow["status"] = status
    with pytest.raises(SystemExit):
        sync()
    assert native_flows.usable() is None


def test_a_flow_of_somebody_elses_is_left_alone(sync: Sync, at_meta: Meta) -> None:
    at_meta.flows["7"] = {"id": "7", "name": "pesquisa", "status": "PUBLISHED"}
    sync()
    assert at_meta.flows["7"]["status"] == "PUBLISHED"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WHATSAPP_FLOW_PRIVATE_KEYS", [], "WHATSAPP_FLOW_PRIVATE_KEYS"),
        ("WHATSAPP_BUSINESS_ACCOUNT_ID", "", "WhatsApp Business account"),
        ("PUBLIC_URL", "", "PUBLIC_URL is not set"),
        ("PRIVACY_URL", "not an address", "The Flow JSON is invalid"),
    ],
)
def test_what_is_missing_is_named_and_meta_is_not_asked(
    sync: Sync, at_meta: Meta, settings: Settings, name: str, value: object, words: str
) -> None:
    setattr(settings, name, value)
    with pytest.raises(CommandError, match=words):
        sync()
    assert at_meta.asked == []
