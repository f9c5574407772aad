import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from tests.whatsapp.simulator.bodies import LINK, LIST, message
from tests.whatsapp.simulator.conftest import Send
from whatsapp.simulator.models import SimulatedMessage, SimulatedPhone
from whatsapp.simulator.templatetags.whatsapp_text import whatsapp_text


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
    with django_assert_num_queries(6):
        client.get("/simulator/")


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
    (address,) = re.findall(r'hx-post="([^"]+)"', page)
    assert 'aria-label="entregue"' in page
    assert 'aria-label="lida"' in client.post(address).text
    assert "hx-post" not in client.get("/simulator/").text


def test_a_message_that_no_phone_got_is_sent_and_never_read(send: Send, client: Client) -> None:
    send(message())
    stored = SimulatedMessage.objects.get()
    client.post(f"/simulator/messages/{stored.pk}/read")
    assert SimulatedMessage.objects.get().status == SimulatedMessage.Status.SENT


def test_no_address_on_the_page_holds_a_phone_number(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    send(message())
    assert "987654321" not in client.get("/simulator/").text
