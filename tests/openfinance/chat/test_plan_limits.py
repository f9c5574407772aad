"""A person who has all the connections that their plan includes, in the chat and in the Flow."""

from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Plan, User
from openfinance import catalogue
from openfinance.models import ConnectionLink, Consent
from tests.openfinance import flow_phone, rows
from tests.openfinance.chat.phone import Phone, kinds, text


@pytest.fixture
def full(alice: User) -> User:
    """Alice has Nubank, and her plan includes one connection."""
    rows.consent(alice, "nubank")
    Plan.objects.filter(slug="premium").update(max_connections=1)
    return alice


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("write", ["inter", "conectar inter"])
def test_another_bank_by_its_name_is_refused_with_the_limit_and_a_way_on(
    hers: Phone, write: str
) -> None:
    answer = text(hers.writes(write))
    assert answer.startswith("Seu plano inclui 1 conexão, e você já tem 1.")
    assert "*desconectar*" in answer
    assert "https://pierre.finance/plans" in answer
    assert not ConnectionLink.objects.exists()


@pytest.mark.usefixtures("full")
def test_another_bank_tapped_is_refused(hers: Phone) -> None:
    assert "Seu plano inclui 1 conexão" in text(hers.picks("bank:inter"))


@pytest.mark.usefixtures("full")
def test_the_one_there_is_can_be_renewed(hers: Phone) -> None:
    assert kinds(hers.writes("renovar")) == ["cta_url"]


@pytest.mark.usefixtures("full")
def test_the_list_is_still_sent_since_it_also_reconnects(hers: Phone) -> None:
    assert kinds(hers.writes("conectar")) == ["interactive_list"]


def test_once_one_is_ended_there_is_room(hers: Phone, full: User) -> None:
    Consent.objects.update(status="ended", ended_at=timezone.now())
    assert kinds(hers.writes("inter")) == ["cta_url"]


def test_in_the_flow_another_bank_is_refused_before_and_at_its_last_step(
    full: User, tmp_path: Path, settings: Settings
) -> None:
    catalogue.sync()
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = flow_phone.publish(tmp_path)
    flow = flow_phone.open_for(full)
    for answer in (flow.choose("inter"), flow.start("inter")):
        assert answer.screen == "STEPS"
        assert "chegou ao limite de conexões" in answer.data["error_message"]
    assert not ConnectionLink.objects.exists()


def test_in_the_flow_the_one_there_is_can_be_renewed(
    full: User, tmp_path: Path, settings: Settings
) -> None:
    catalogue.sync()
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = flow_phone.publish(tmp_path)
    flow = flow_phone.open_for(full)
    assert "error_message" not in flow.choose("nubank").data
    assert flow.start("nubank").screen == "DONE"
