import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.whatsapp.simulator.conftest import LINK, LIST, Send, message
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
    ],
)
def test_text_is_marked_up_as_in_whatsapp(text: str, shown: str) -> None:
    assert whatsapp_text(text) == shown


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


def test_nothing_new_is_answered_with_nothing(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    send(message())
    newest = SimulatedMessage.objects.get().pk
    assert client.get("/simulator/updates", {"after": newest}).status_code == 204


def test_a_new_message_goes_to_its_own_phone(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    send(message())
    answer = client.get("/simulator/updates", {"after": "0"})
    assert f'hx-swap-oob="beforeend:#chat-{phone.pk}"' in answer.text
    assert f"after={SimulatedMessage.objects.get().pk}" in answer.text


def test_no_address_on_the_page_holds_a_phone_number(
    send: Send, client: Client, phone: SimulatedPhone
) -> None:
    assert "987654321" not in client.get("/simulator/").text
