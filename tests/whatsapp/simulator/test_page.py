import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from tests.whatsapp.simulator import flows
from tests.whatsapp.simulator.bodies import LINK, LIST, message
from tests.whatsapp.simulator.conftest import Send
from whatsapp.simulator.models import FlowSession, SimulatedMessage, SimulatedPhone
from whatsapp.simulator.templatetags.whatsapp_text import whatsapp_text

# Where a message of the business tells that it came into view.
READ = r'hx-post="([^"]+/read)"'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*forte*", "<strong>forte</strong>"),
        ("_leve_ e ~fora~", "<em>leve</em> e <s>fora</s>"),
        ("```fixo```", "<code>fixo</code>"),
        ("2 * 3 * 4 e a_b_c", "2 * 3 * 4 e a_b_c"),
        (
            "veja https://pierre.finance/plans.",
            (
                'veja <a href="https://pierre.finance/plans" target="_blank" rel="noopener">'
                "https://pierre.finance/plans</a>."
            ),
        ),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("```*fixo* http://a.b```", "<code>*fixo* http://a.b</code>"),
        (
            'veja "https://a.b/_c_/*d*"',
            (
                'veja &quot;<a href="https://a.b/_c_/*d" target="_blank" rel="noopener">'
                "https://a.b/_c_/*d</a>*&quot;"
            ),
        ),
        (
            "*https://a.b*",
            '<strong><a href="https://a.b" target="_blank" rel="noopener">https://a.b</a></strong>',
        ),
    ],
)
def test_text_is_marked_up_as_in_whatsapp(text: str, shown: str) -> None:
    assert whatsapp_text(text) == shown


def store(phone: SimulatedPhone, **facts: Any) -> None:
    SimulatedMessage.objects.create(
        phone=phone,
        to=phone.number,
        wamid=f"wamid.{facts['pk']}",
        payload=message(),
        status=SimulatedMessage.Status.DELIVERED,
        **facts,
    )


@given(st.text())
def test_no_text_brings_its_own_markup(text: str) -> None:
    shown = whatsapp_text(text + "<script>")
    assert "<script" not in shown


def test_a_list_shows_its_rows_and_a_link_its_address(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    send(message("interactive", LIST))
    send(message("interactive", LINK))
    page = client.get("/simulator/").text
    assert 'value="bank:nubank"' in page
    assert 'href="https://pierre.finance/plans"' in page


def test_what_is_sent_cannot_break_the_page(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    send(message("text", {"body": "<script>alert(1)</script>"}))
    assert "<script>alert" not in client.get("/simulator/").text


def seen(page: str) -> str:
    """Return the address that a page asks for what is new."""
    (address,) = re.findall(r'hx-get="([^"]+)"', page)
    return unescape(str(address))


def test_nothing_new_is_answered_with_nothing(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    send(message())
    address = seen(client.get("/simulator/").text)
    assert client.get(address).status_code == 204


def test_a_new_message_goes_to_its_own_phone(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    address = seen(client.get("/simulator/").text)
    send(message())
    answer = client.get(address)
    assert f'hx-swap-oob="beforeend:#chat-{phone.pk}"' in answer.text
    assert client.get(seen(answer.text)).status_code == 204


def test_a_message_that_became_visible_late_is_not_missed(
    phone: SimulatedPhone, client: Client
) -> None:
    store(phone, pk=10)
    store(phone, pk=12)
    address = seen(client.get("/simulator/").text)
    store(phone, pk=11)
    assert 'id="message-11"' in client.get(address).text


def test_what_comes_while_the_server_looks_is_sent_before_its_ticks(
    phone: SimulatedPhone, client: Client
) -> None:
    store(phone, pk=10)
    address = seen(client.get("/simulator/").text)
    SimulatedMessage.objects.update(status=SimulatedMessage.Status.READ)

    def late(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "OVER ()" in sql and not SimulatedMessage.objects.filter(pk=11).exists():
            store(phone, pk=11)
        return execute(sql, *rest)

    with connection.execute_wrapper(late):
        answer = client.get(address)
    assert 'id="message-11"' in answer.text
    assert client.get(seen(answer.text)).text.count('id="message-11"') == 0


def test_after_a_reset_or_a_new_phone_the_page_loads_again(
    phone: SimulatedPhone, client: Client
) -> None:
    store(phone, pk=10)
    address = seen(client.get("/simulator/").text)
    SimulatedPhone.objects.create(number="+5521987654322", name="Bruno")
    assert client.get(address).headers["HX-Refresh"] == "true"
    address = seen(client.get("/simulator/").text)
    SimulatedMessage.objects.all().delete()
    store(phone, pk=20)
    assert client.get(address).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("query", ["", "phones=x&messages=-1", "messages=²"])
def test_a_page_that_says_nonsense_of_itself_loads_again(
    phone: SimulatedPhone, client: Client, query: str
) -> None:
    assert client.get(f"/simulator/updates?{query}").headers["HX-Refresh"] == "true"


def test_a_flood_of_messages_is_shown_from_its_end(phone: SimulatedPhone, client: Client) -> None:
    for pk in range(1, 61):
        store(phone, pk=pk)
    page = client.get("/simulator/").text
    assert page.count('class="bubble"') == 50
    assert page.index('id="message-11"') < page.index('id="message-60"')


def test_the_page_costs_as_many_queries_for_many_messages_as_for_one(
    phone: SimulatedPhone, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for pk in range(1, 21):
        store(phone, pk=pk)
    with django_assert_num_queries(8):
        client.get("/simulator/")


def test_a_page_that_is_up_to_date_costs_three_queries(
    phone: SimulatedPhone, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    store(phone, pk=1)
    address = seen(client.get("/simulator/").text)
    with django_assert_num_queries(3):
        assert client.get(address).status_code == 204


def test_a_message_of_another_day_stands_under_its_day(
    phone: SimulatedPhone, client: Client
) -> None:
    store(phone, pk=1, created_at=datetime(2026, 3, 5, 15, tzinfo=UTC))
    store(phone, pk=2)
    page = client.get("/simulator/").text.lower()
    places = [page.index(mark) for mark in ("5 de março", "message-1", "hoje", "message-2")]
    assert places == sorted(places)


def test_a_message_is_delivered_until_it_is_seen_and_then_read(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    send(message())
    page = client.get("/simulator/").text
    (address,) = re.findall(READ, page)
    assert 'aria-label="entregue"' in page
    assert 'aria-label="lida"' in client.post(address).text
    assert not re.findall(READ, client.get("/simulator/").text)


def test_a_message_that_no_phone_got_is_never_read(send: Send, client: Client) -> None:
    send(message())
    stored = SimulatedMessage.objects.get()
    client.post(f"/simulator/messages/{stored.pk}/read")
    assert SimulatedMessage.objects.get().status == SimulatedMessage.Status.FAILED


def test_what_the_person_sent_is_theirs_and_not_read_by_them(
    phone: SimulatedPhone, client: Client
) -> None:
    store(phone, pk=1, is_from_person=True)
    page = client.get("/simulator/").text
    assert 'class="bubble mine" id="message-1"' in page
    assert not re.findall(READ, page)
    assert client.post("/simulator/messages/1/read").status_code == 404


def test_ticks_that_changed_are_sent_without_their_messages(
    phone: SimulatedPhone, client: Client
) -> None:
    store(phone, pk=1)
    address = seen(client.get("/simulator/").text)
    SimulatedMessage.objects.update(status=SimulatedMessage.Status.READ)
    answer = client.get(address).text
    assert re.search(r'id="ticks-1"[^>]*hx-swap-oob="true"[^>]*aria-label="lida"', answer)
    assert "message-1" not in answer


def test_the_page_says_whether_the_window_is_open(phone: SimulatedPhone, client: Client) -> None:
    SimulatedPhone.objects.update(window_ends_at=None)
    page = client.get("/simulator/").text
    assert f'id="window-{phone.pk}" data-look="closed">' in page
    SimulatedPhone.objects.update(window_ends_at=timezone.now() + timedelta(hours=24))
    answer = client.get(seen(page)).text
    assert f'id="window-{phone.pk}" data-look="open" hx-swap-oob="true" hidden>' in answer


def test_a_window_that_ends_by_itself_is_told_too(phone: SimulatedPhone, client: Client) -> None:
    SimulatedPhone.objects.update(window_ends_at=timezone.now() + timedelta(seconds=1))
    address = seen(client.get("/simulator/").text)
    time.sleep(1.1)
    assert 'data-look="closed"' in client.get(address).text


def test_a_flow_that_ended_takes_its_button_away_on_every_page(
    phone: SimulatedPhone, client: Client
) -> None:
    asked = flows.receive(phone)
    address = seen(client.get("/simulator/").text)
    FlowSession.objects.create(
        message=asked, flow=flows.publish(), token="t", ended_at=timezone.now()
    )
    assert re.search(rf'id="flow-of-{asked.pk}"[^>]*disabled', client.get(address).text)


def test_what_is_set_is_shown_on_the_page(client: Client, db: None) -> None:
    client.post("/simulator/faults", {"mode": "slow", "seconds": "3"})
    client.post("/simulator/telling", {"order": "wrong", "batch": "7", "late": "0", "twice": "on"})
    page = client.get("/simulator/").text
    assert re.search(r'value="slow" selected', page)
    assert re.search(r'name="batch" value="7"', page)


def test_no_address_on_the_page_holds_a_phone_number(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    send(message())
    assert "987654321" not in client.get("/simulator/").text
