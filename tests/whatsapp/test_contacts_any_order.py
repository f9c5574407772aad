"""Whatever the order in which updates come, and however often, the contacts end the same."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.whatsapp.people import NOW, Told, moved, prefers, rows, tell, text
from whatsapp.models import Contact, ContactFact

Names = tuple[str | None, str | None]

# The first two are one number; far more goes wrong among them than ever will in a year.
_numbers = st.sampled_from(["5511987654321", "551187654321", "5521912345678", "5511932654321"])
_user_ids = st.sampled_from(["BR.1", "BR.2", "BR.3"])
_times = st.integers(0, 12).map(lambda hours: NOW - timedelta(hours=hours))
_names = st.tuples(st.none() | _numbers, st.none() | _user_ids).filter(any)
_olds = st.tuples(st.none() | _numbers, st.none() | _user_ids)


def _texts() -> st.SearchStrategy[Told]:
    return st.builds(lambda who, at: text(who[0], who[1], at), _names, _times)


def _choices() -> st.SearchStrategy[Told]:
    """Opt people out and in who are told by their user id, as all are since 2026.

    What the last holder of a number said falls on the next one when nothing else names either.
    """
    words = st.sampled_from(["parar", "voltar"])
    numbers = st.none() | _numbers
    return st.builds(text, numbers, _user_ids, _times, words)


def _wishes() -> st.SearchStrategy[Told]:
    values = st.sampled_from(["stop", "resume"])
    return st.builds(
        lambda value, who, at: prefers(value, who[0], who[1], at), values, _names, _times
    )


def _moves() -> st.SearchStrategy[Told]:
    def move(new: Names, old: Names, at: datetime) -> Told:
        return moved(
            wa_id=new[0], user_id=new[1], previous_wa_id=old[0], previous_user_id=old[1], at=at
        )

    return st.builds(move, _names, _olds, _times)


_told = _texts() | _choices() | _wishes() | _moves()


def _forget() -> None:
    Contact.objects.all().delete()
    ContactFact.objects.all().delete()


class AnyOrder(TestCase):
    @settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
    @given(told=st.lists(_told, min_size=1, max_size=7), data=st.data())
    def test_shuffled_and_repeated_updates_end_in_the_same_rows(
        self, told: list[Told], data: st.DataObject
    ) -> None:
        tell(*sorted(told, key=lambda update: update.at))
        expected = rows()
        _forget()
        repeated = told + data.draw(st.lists(st.sampled_from(told), max_size=3))
        tell(*data.draw(st.permutations(repeated)))
        assert rows() == expected
