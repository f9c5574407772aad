"""What was sent to a number serves nobody once the number is no longer its user's."""

import pytest
from django.utils import timezone

from accounts.models import User
from openfinance import choices
from openfinance.models import ConnectionLink
from tests.openfinance import rows
from tests.openfinance.pages import steps
from tests.whatsapp import codes
from whatsapp import outbox
from whatsapp.models import Contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(alice: User) -> ConnectionLink:
    via = ConnectionLink.Via.LIST
    return choices.choose(user=alice, bank=rows.bank("nubank"), via=via, to=alice.phone, flow=None)


def lose_to_another(bruno: User, alice: User) -> None:
    codes.approve()
    codes.verify(bruno, alice.phone)


@pytest.mark.parametrize("is_open", [False, True])
def test_a_link_is_over_open_or_not(
    link: ConnectionLink, alice: User, bruno: User, *, is_open: bool
) -> None:
    journey = steps.Journey(link)
    if is_open:
        assert journey.open().status_code == 200
    lose_to_another(bruno, alice)
    assert journey.open().status_code == 410
    assert steps.Journey(link).open().status_code == 410


def test_the_link_to_the_connections_is_over(alice: User, bruno: User) -> None:
    managing = choices.manage(user=alice, to=alice.phone)
    path = f"/conexoes/{outbox.token(managing.message)}"
    assert steps.phone().get(path).status_code == 200
    lose_to_another(bruno, alice)
    assert steps.phone().get(path).status_code == 410


def test_a_link_is_over_from_the_moment_whatsapp_tells_of_the_new_holder(
    link: ConnectionLink,
) -> None:
    Contact.objects.update(took_number_at=timezone.now())
    assert steps.Journey(link).open().status_code == 410


def test_a_link_to_the_number_before_is_over_for_who_changed_it(
    link: ConnectionLink, alice: User
) -> None:
    codes.approve()
    codes.verify(alice, "+5511912345678")
    assert steps.Journey(link).open().status_code == 410
