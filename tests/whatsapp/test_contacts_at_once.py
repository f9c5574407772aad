"""Workers that hear of one person at the same moment make one contact."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tests.whatsapp.people import NOW, Told, ago, moved, rows, tell, text
from whatsapp.models import Contact, ContactFact

LONG, SHORT, OTHER = "5511987654321", "551187654321", "5521912345678"
ONE, TWO = "BR.1", "BR.2"

pytestmark = pytest.mark.usefixtures("live_db")


def at_once(updates: list[Told]) -> None:
    """Tell each update in a thread of its own, all let go at one moment."""
    barrier = Barrier(len(updates))

    def one(update: Told) -> Callable[[], None]:
        def run() -> None:
            try:
                barrier.wait(timeout=30)
                tell(update)
            finally:
                connection.close()

        return run

    with ThreadPoolExecutor(len(updates)) as pool:
        for future in [pool.submit(one(update)) for update in updates]:
            future.result()


@pytest.mark.parametrize("round_", range(5))
def test_both_forms_of_a_new_number_make_one_contact(round_: int) -> None:
    at_once([text(LONG, None, ago(hours=1)), text(SHORT, None), text(LONG, ONE, ago(hours=2))])
    contact = Contact.objects.get()
    assert (contact.wa_id, contact.user_id) == (SHORT, ONE)


def test_the_same_message_many_times_at_once_is_one_fact() -> None:
    at_once([text(LONG, ONE)] * 8)
    assert (Contact.objects.count(), ContactFact.objects.count()) == (1, 1)


@pytest.mark.parametrize("round_", range(5))
def test_what_is_told_at_once_ends_as_if_told_one_after_the_other(round_: int) -> None:
    story: list[Told] = [
        text(None, ONE, ago(hours=5)),
        text(SHORT, None, ago(hours=4)),
        text(LONG, ONE, ago(hours=3)),
        moved(wa_id=OTHER, user_id=TWO, previous_wa_id=LONG, previous_user_id=ONE, at=ago(hours=2)),
        text(OTHER, TWO, ago(hours=1)),
        text(SHORT, "BR.3", NOW),
    ]
    tell(*story)
    expected = rows()
    Contact.objects.all().delete()
    ContactFact.objects.all().delete()
    at_once(story)
    assert rows() == expected
