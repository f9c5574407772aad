"""`manage.py sync_templates` against a Meta that keeps what it is told."""

import io
from collections.abc import Callable

import pytest
import responses
from django.core.management import CommandError, call_command
from pytest_django import Settings

from openfinance import catalogue, message_templates
from openfinance.models import Bank
from tests.whatsapp import meta
from tests.whatsapp.meta import Meta
from whatsapp.models import MessageTemplate

OURS = len(message_templates.NAMES)
CHOOSE_BANK = message_templates.CHOOSE_BANK

Sync = Callable[..., tuple[str, int]]


@pytest.fixture
def at_meta(db: None, graph: responses.RequestsMock) -> Meta:
    catalogue.sync()
    return meta.mocked(graph)


@pytest.fixture
def sync(at_meta: Meta) -> Sync:
    """Run the command; return what it printed and its exit code."""

    def run(*arguments: str) -> tuple[str, int]:
        output = io.StringIO()
        try:
            call_command("sync_templates", *arguments, stdout=output)
        except SystemExit as stopped:
            return output.getvalue(), int(stopped.code or 0)
        return output.getvalue(), 0

    return run


def row(name: str = CHOOSE_BANK) -> MessageTemplate:
    return MessageTemplate.objects.get(name=name)


def change_the_first_bank() -> None:
    Bank.objects.filter(slug="nubank").update(is_favourite=False)


def test_what_is_missing_is_created_and_stored_with_what_its_buttons_stand_for(
    sync: Sync, at_meta: Meta
) -> None:
    printed, code = sync()
    assert code == 0
    assert [template["name"] for template in at_meta.templates] == list(message_templates.NAMES)
    assert (row().status, row().fills["banks"][0]) == ("APPROVED", "nubank")
    assert printed.count("created") == OURS


def test_each_is_created_in_portuguese_with_its_category(sync: Sync, at_meta: Meta) -> None:
    sync()
    asked = {(template["language"], template["category"]) for template in at_meta.templates}
    assert asked == {
        ("pt_BR", "UTILITY"),
        ("pt_BR", "MARKETING"),
        ("pt_BR", "AUTHENTICATION"),
    }


def test_a_second_run_does_nothing(sync: Sync, at_meta: Meta) -> None:
    sync()
    at_meta.asked.clear()
    printed, code = sync()
    assert (code, at_meta.writes()) == (0, [])
    assert printed.count("unchanged") == OURS


def test_a_template_in_another_language_is_not_ours(sync: Sync, at_meta: Meta) -> None:
    at_meta.templates = [{"id": "1", "name": CHOOSE_BANK, "language": "en_US"}]
    assert sync()[1] == 0
    assert len(at_meta.templates) == OURS + 1


def test_one_in_review_cannot_be_sent_and_the_exit_code_says_so(sync: Sync, at_meta: Meta) -> None:
    at_meta.new_status = "PENDING"
    printed, code = sync()
    assert code == 1
    assert "Only an approved template can be sent." in printed


def test_an_approved_one_is_edited_only_once_somebody_agrees(
    sync: Sync, at_meta: Meta, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync()
    change_the_first_bank()
    monkeypatch.setattr("builtins.input", lambda _: "n")
    printed, _ = sync()
    assert "differs, left as it is" in printed
    assert (row().status, row().fills["banks"][0]) == ("APPROVED", "nubank")
    monkeypatch.setattr("builtins.input", lambda _: "y")
    sync()
    assert row().fills["banks"][0] == "itau"


def test_where_nobody_can_be_asked_it_is_left_as_it_is(
    sync: Sync, at_meta: Meta, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_: str) -> str:
        raise EOFError

    sync()
    change_the_first_bank()
    monkeypatch.setattr("builtins.input", nobody)
    assert "differs, left as it is" in sync()[0]


def test_with_yes_it_is_edited_and_not_sent_until_meta_has_reviewed_it(
    sync: Sync, at_meta: Meta
) -> None:
    sync()
    change_the_first_bank()
    at_meta.new_status = "PENDING"
    printed, code = sync("--yes")
    assert (code, "edited" in printed) == (1, True)
    assert (row().status, row().fills["banks"][0]) == ("PENDING", "itau")


@pytest.mark.parametrize(("status", "done"), [("REJECTED", "edited"), ("PENDING", "cannot be")])
def test_a_rejected_one_is_edited_unasked_and_one_in_review_cannot_be(
    sync: Sync, at_meta: Meta, status: str, done: str
) -> None:
    sync()
    change_the_first_bank()
    at_meta.templates[0]["status"] = status
    assert done in sync()[0].splitlines()[1]


def test_a_dry_run_reads_and_changes_nothing(sync: Sync, at_meta: Meta) -> None:
    printed, code = sync("--dry-run")
    assert (code, at_meta.writes()) == (0, [])
    assert printed.count("created") == OURS
    assert not MessageTemplate.objects.exists()


def test_a_category_that_meta_changed_is_told_and_kept(sync: Sync, at_meta: Meta) -> None:
    sync()
    at_meta.templates[0]["category"] = "MARKETING"
    printed, _ = sync()
    assert f"Meta has {CHOOSE_BANK} as MARKETING, not as UTILITY" in printed
    assert row().category == "MARKETING"


def test_a_rejection_comes_with_its_reason(sync: Sync, at_meta: Meta) -> None:
    sync()
    at_meta.templates[0] |= {"status": "REJECTED", "rejected_reason": "INVALID_FORMAT"}
    printed, code = sync()
    assert (row().status, row().reason, code) == ("REJECTED", "INVALID_FORMAT", 1)
    assert "INVALID_FORMAT" in printed


def test_a_state_that_was_not_foreseen_is_kept_in_metas_word(sync: Sync, at_meta: Meta) -> None:
    sync()
    at_meta.templates[0]["status"] = "IN_APPEAL"
    sync()
    assert (row().status, row().reason) == ("other", "IN_APPEAL")


def test_what_meta_refuses_is_told_and_does_not_stop_the_others(sync: Sync, at_meta: Meta) -> None:
    sync()
    at_meta.templates.pop(0)
    at_meta.refusal = {"code": 100, "message": "bad", "error_user_msg": "O nome já existe."}
    printed, code = sync()
    assert code == 1
    assert printed.count("unchanged") == OURS - 1
    assert row().status == "missing"
    assert "O nome já existe." in row().reason


def test_one_whose_buttons_nobody_knows_is_not_sent(
    sync: Sync, at_meta: Meta, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync()
    MessageTemplate.objects.all().delete()
    change_the_first_bank()
    monkeypatch.setattr("builtins.input", lambda _: "n")
    _, code = sync()
    assert code == 1
    assert (row().status, row().meta_id, row().fills) == ("other", "", {})


@pytest.mark.parametrize("dies_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("dies_at", range(1, 11))
def test_killed_anywhere_the_next_run_goes_on(
    sync: Sync,
    at_meta: Meta,
    dies_at: int,
    dies_after: bool,  # noqa: FBT001
) -> None:
    at_meta.dies_at, at_meta.dies_after = dies_at, dies_after
    with pytest.raises(meta.Killed):
        sync("--yes")
    assert sync("--yes")[1] == 0
    assert [template["name"] for template in at_meta.templates] == list(message_templates.NAMES)
    assert MessageTemplate.objects.filter(status="APPROVED").count() == OURS


@pytest.mark.parametrize("dies_after", [False, True], ids=["before", "after"])
def test_killed_at_an_edit_nobody_sends_what_the_old_buttons_stood_for(
    sync: Sync,
    at_meta: Meta,
    dies_after: bool,  # noqa: FBT001
) -> None:
    sync()
    change_the_first_bank()
    at_meta.asked.clear()
    at_meta.dies_at, at_meta.dies_after = 4, dies_after
    with pytest.raises(meta.Killed):
        sync("--yes")
    assert at_meta.writes()
    assert (row().status, row().meta_id) == ("PENDING", "")
    sync("--yes")
    assert (row().status, row().fills["banks"][0]) == ("APPROVED", "itau")


def test_without_an_account_it_says_so(sync: Sync, settings: Settings) -> None:
    settings.WHATSAPP_BUSINESS_ACCOUNT_ID = ""
    with pytest.raises(CommandError, match="no id of the WhatsApp Business account"):
        sync()
