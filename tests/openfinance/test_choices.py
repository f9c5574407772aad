"""A chosen bank becomes one link, whatever it was chosen by and however often."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
import responses
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from openfinance import catalogue, choices, flows, invitations, openings
from openfinance.models import Bank, ConnectionLink, Flow, FlowToken
from tests import jobs
from tests.openfinance import flow_phone
from tests.whatsapp import graph as graph_answers
from whatsapp.models import OutgoingMessage

pytestmark = pytest.mark.usefixtures("live_db")

Via = ConnectionLink.Via


@pytest.fixture(autouse=True)
def _banks(live_db: None, tmp_path: Path, settings: Settings) -> None:
    catalogue.sync()
    settings.WHATSAPP_FLOW_PRIVATE_KEYS = flow_phone.publish(tmp_path)


def bank(slug: str = "nubank") -> Bank:
    return Bank.objects.get(slug=slug)


def choose(
    user: User, slug: str = "nubank", *, via: Via = Via.LIST, flow: Flow | None = None
) -> ConnectionLink:
    with transaction.atomic():
        return choices.choose(user=user, bank=bank(slug), via=via, to=user.phone, flow=flow)


def sent(graph: responses.RequestsMock) -> list[dict[str, str]]:
    """Return what a person reads of each link that reached Graph."""
    jobs.run_all()
    return [
        {
            "header": body["interactive"]["header"]["text"],
            "body": body["interactive"]["body"]["text"],
            "footer": body["interactive"]["footer"]["text"],
            "button": body["interactive"]["action"]["parameters"]["display_text"],
            "url": body["interactive"]["action"]["parameters"]["url"],
        }
        for body in graph_answers.sent(graph)
        if body["interactive"]["type"] == "cta_url"
    ]


def together(*acts: Callable[[], object]) -> None:
    """Do all of it at the same moment, each in a thread and a connection of its own."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(run, acts))


def test_one_message_leads_to_the_page(alice: User, graph: responses.RequestsMock) -> None:
    graph_answers.accepts(graph)
    link = choose(alice)
    (message,) = sent(graph)
    scheme, host, path, *_ = urlsplit(message["url"])
    assert (scheme, host) == ("https", "connect.example")
    assert openings.find_connection(path.removeprefix("/conectar/")) == link


def test_the_message_says_the_bank_whose_link_it_is_until_when_and_who_asks_for_the_password(
    alice: User, graph: responses.RequestsMock
) -> None:
    graph_answers.accepts(graph)
    link = choose(alice)
    (message,) = sent(graph)
    until = link.expires_at.astimezone(ZoneInfo("America/Sao_Paulo"))
    assert "*Nubank*" in message["body"]
    assert f"{until:%Hh%M} de {until:%d/%m}" in message["body"]
    assert "não o envie a ninguém" in message["body"]
    assert "pedida pelo próprio banco" in message["body"]
    assert (message["button"], message["header"]) == ("Continuar", "Falta autorizar")


def test_the_longest_name_of_a_bank_fits() -> None:
    bank = Bank(name="😀" * 24)
    message = invitations.connection_link(bank=bank, expires_at=timezone.now())
    assert bank.name in message.body


def test_the_link_is_valid_for_as_long_as_the_settings_say(alice: User, settings: Settings) -> None:
    settings.LINK_MINUTES = 15
    link = choose(alice)
    assert link.expires_at - link.created_at == timedelta(minutes=15)


def test_the_token_is_in_no_row(alice: User, graph: responses.RequestsMock) -> None:
    graph_answers.accepts(graph)
    choose(alice)
    (message,) = sent(graph)
    token = message["url"].rsplit("/", 1)[1]
    assert re.fullmatch(r"[\w-]{32}", token)
    rows = [ConnectionLink.objects.values_list()[0], OutgoingMessage.objects.values_list()[0]]
    assert token not in str(rows)


def test_what_is_rolled_back_sends_nothing_and_does_not_stand_in_the_way(alice: User) -> None:
    with transaction.atomic():
        choose(alice)
        transaction.set_rollback(True)
    assert jobs.waiting() == []
    choose(alice)
    assert len(jobs.waiting()) == 1


def test_the_link_keeps_its_flow_and_how_it_was_chosen(alice: User) -> None:
    flow = flows.enqueue(user=alice)
    link = choose(alice, via=Via.TEXT, flow=flow)
    link.refresh_from_db()
    assert (link.flow, link.via, link.user, link.bank) == (flow, "text", alice, bank())


@pytest.mark.parametrize("via", list(Via))
def test_the_same_bank_again_within_the_minute_is_the_same_link(
    alice: User, graph: responses.RequestsMock, via: Via
) -> None:
    graph_answers.accepts(graph)
    link = choose(alice)
    assert len(sent(graph)) == 1
    assert choose(alice, via=via) == link
    assert len(sent(graph)) == 1


@pytest.mark.parametrize("status", ["queued", "sending", "unknown"])
def test_a_link_that_may_still_arrive_is_the_answer_for_longer(alice: User, status: str) -> None:
    link = choose(alice)
    _age(link, minutes=10, status=status)
    assert choose(alice) == link
    assert ConnectionLink.objects.count() == 1


@pytest.mark.parametrize("status", ["accepted", "unconfirmed"])
def test_after_the_minute_a_person_who_asks_again_gets_another(alice: User, status: str) -> None:
    link = choose(alice)
    _age(link, minutes=2, status=status)
    assert choose(alice) != link
    assert OutgoingMessage.objects.filter(kind="cta_url").count() == 2


def test_a_link_that_was_not_sent_is_no_answer(alice: User) -> None:
    link = choose(alice)
    _age(link, minutes=0, status="failed")
    assert choose(alice) != link


@pytest.mark.parametrize("status", ["queued", "unknown", "accepted"])
def test_a_link_that_has_expired_is_no_answer(alice: User, status: str) -> None:
    link = choose(alice)
    _age(link, minutes=0, status=status)
    ConnectionLink.objects.update(expires_at=timezone.now())
    assert choose(alice) != link


def test_another_bank_and_another_person_have_links_of_their_own(alice: User, clara: User) -> None:
    links = {choose(alice), choose(alice, "inter"), choose(clara)}
    assert len(links) == 3


def test_without_a_debounce_only_what_may_still_arrive_counts(
    alice: User, settings: Settings
) -> None:
    settings.FLOW_DEBOUNCE_SECONDS = 0
    link = choose(alice)
    assert choose(alice) == link
    OutgoingMessage.objects.update(status="accepted")
    assert choose(alice) != link


def test_many_choices_at_once_send_one_message(alice: User) -> None:
    together(*[lambda: choose(alice)] * 8)
    assert ConnectionLink.objects.count() == 1
    assert len(jobs.waiting()) == 1


def test_the_same_last_step_many_times_at_once_sends_one_message(alice: User) -> None:
    flow = flow_phone.open_for(alice)
    assert flow.choose("nubank").screen == "STEPS"
    screens: list[str] = []
    together(*[lambda: screens.append(flow.start("nubank").screen)] * 8)
    assert screens == ["DONE"] * 8
    assert ConnectionLink.objects.count() == 1
    assert FlowToken.objects.get().finished_at


def test_a_list_a_text_and_a_flow_at_once_send_one_message(alice: User) -> None:
    flow = flow_phone.open_for(alice)
    flow.choose("nubank")
    screens: list[str] = []
    together(
        lambda: choose(alice, via=Via.LIST),
        lambda: choose(alice, via=Via.TEXT),
        lambda: screens.append(flow.start("nubank").screen),
        lambda: screens.append(flow.start("nubank").screen),
    )
    assert screens == ["DONE", "DONE"]
    assert ConnectionLink.objects.count() == 1


def test_one_flow_starts_one_bank_even_when_two_are_started_at_once(alice: User) -> None:
    flow = flow_phone.open_for(alice)
    flow.choose("nubank")
    statuses: set[int] = set()

    def start(slug: str) -> None:
        while not FlowToken.objects.get().finished_at:
            statuses.add(flow.start(slug).status)

    together(*[partial(start, slug) for slug in ("nubank", "inter", "itau")])
    assert statuses <= {200, 427}
    assert ConnectionLink.objects.get().bank == FlowToken.objects.get().bank


def test_two_users_of_one_phone_do_not_wait_for_each_other_for_ever(
    alice: User, clara: User
) -> None:
    # Without its ninth digit it is the same number, and the only way for two to have it.
    User.objects.filter(pk=clara.pk).update(phone="+551187654321")
    clara.refresh_from_db()
    together(*[lambda: choose(alice), lambda: choose(clara)] * 3)
    assert ConnectionLink.objects.count() == 2


def _age(link: ConnectionLink, *, minutes: int, status: str) -> None:
    created_at: datetime = link.created_at - timedelta(minutes=minutes)
    ConnectionLink.objects.filter(pk=link.pk).update(created_at=created_at)
    OutgoingMessage.objects.filter(pk=link.message_id).update(status=status)
