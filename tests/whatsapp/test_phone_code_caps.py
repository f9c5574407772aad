"""How many codes may be asked for: by a user, to a number, and from an address."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import PhoneVerification, User
from tests.whatsapp import codes
from whatsapp import exceptions, phone_codes

pytestmark = pytest.mark.django_db

NEW = "+5511912345678"


@pytest.fixture(autouse=True)
def _approved(db: None) -> None:
    codes.approve()


def number(last: int) -> str:
    return f"+55119123450{last:02}"


def refused(ask: Callable[[], object]) -> int:
    """Return after how many seconds one may ask again."""
    with pytest.raises(exceptions.TooManyCodes) as raised:
        ask()
    return raised.value.retry_after


def test_a_user_gets_so_many_an_hour_whatever_the_numbers(alice: User) -> None:
    for last in range(5):
        codes.send(alice, number(last), address="")
    assert 3590 <= refused(lambda: codes.send(alice, number(6), address="")) <= 3600
    assert PhoneVerification.objects.count() == 5


def test_a_number_gets_so_many_an_hour_whoever_asks(alice: User, davi: User) -> None:
    for _ in range(5):
        codes.send(alice, NEW, address="")
    refused(lambda: codes.send(davi, NEW, address=""))
    refused(lambda: phone_codes.send_sign_in(phone=NEW, address=""))


def test_both_forms_of_a_number_are_one(alice: User) -> None:
    for _ in range(5):
        codes.send(alice, address="")
    # As it may have been stored before numbers were held to one form.
    PhoneVerification.objects.update(phone="+551187654321", user=None)
    refused(lambda: codes.send(alice, address=""))


def test_an_address_may_ask_for_so_many_an_hour_whatever_the_numbers(settings: Any) -> None:
    settings.PHONE_CODE_ADDRESS_CAP_PER_HOUR = 3
    for last in range(3):
        phone_codes.send_sign_in(phone=number(last), address=codes.HOME)
    refused(lambda: phone_codes.send_sign_in(phone=number(4), address=codes.HOME))
    phone_codes.send_sign_in(phone=number(4), address="198.51.100.9")
    assert codes.HOME not in str(list(PhoneVerification.objects.values()))


@pytest.mark.parametrize(
    ("name", "address"),
    [("PHONE_CODE_CAP_PER_DAY", ""), ("PHONE_CODE_ADDRESS_CAP_PER_DAY", codes.HOME)],
)
def test_a_day_has_a_cap_of_its_own(alice: User, settings: Any, name: str, address: str) -> None:
    setattr(settings, name, 2)
    codes.send(alice, address=address)
    PhoneVerification.objects.update(sent_at=timezone.now() - timedelta(hours=23))
    codes.send(alice, address=address)
    assert 3590 <= refused(lambda: codes.send(alice, address=address)) <= 3600


def test_once_the_oldest_is_an_hour_old_there_is_one_more(alice: User, settings: Any) -> None:
    settings.PHONE_CODE_CAP_PER_HOUR = 1
    codes.send(alice)
    wait = refused(lambda: codes.send(alice))
    PhoneVerification.objects.update(sent_at=timezone.now() - timedelta(seconds=wait))
    assert codes.send(alice).tries == 0


def test_who_asked_too_often_for_other_numbers_is_as_unknown_when_signing_in(alice: User) -> None:
    for last in range(5):
        codes.send(alice, number(last), address="")
    pk = phone_codes.send_sign_in(phone=alice.phone, address="")
    assert PhoneVerification.objects.get(pk=pk).user is None


def together(acts: list[Callable[[], object]]) -> list[str]:
    """Do all at once, each in a thread and a connection of its own; return what came of each."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        gate.wait()
        try:
            act()
        except exceptions.CodeRefused as error:
            return type(error).__name__
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.usefixtures("live_db")
class TestAtOnce:
    def test_of_a_hundred_guesses_five_are_compared(self, alice: User) -> None:
        attempt = codes.send(alice)

        def guess(step: int) -> Callable[[], object]:
            wrong = codes.wrong(attempt, step)
            return lambda: phone_codes.confirm_verification(user=alice, code=wrong)

        results = together([guess(step) for step in range(1, 101)])
        assert (results.count("WrongCode"), results.count("CodeExpired")) == (5, 95)
        assert PhoneVerification.objects.get().tries == 5

    def test_of_twenty_right_codes_one_counts(self, alice: User) -> None:
        code = codes.read(codes.send(alice))
        results = together([lambda: phone_codes.confirm_verification(user=alice, code=code)] * 20)
        assert results.count("done") == 1

    def test_of_forty_wishes_five_get_a_code_and_one_is_good(self, alice: User) -> None:
        results = together([lambda: codes.send(alice)] * 40)
        assert (results.count("done"), results.count("TooManyCodes")) == (5, 35)
        assert PhoneVerification.objects.open().count() == 1

    def test_who_asks_again_while_they_confirm_does_not_wait_for_ever(
        self, alice: User, settings: Any
    ) -> None:
        settings.PHONE_CODE_CAP_PER_HOUR = settings.PHONE_CODE_CAP_PER_DAY = 100
        for _ in range(8):
            code = codes.read(codes.send(alice))
            sent, confirmed = together(
                [
                    lambda: codes.send(alice),
                    lambda code=code: phone_codes.confirm_verification(user=alice, code=code),  # type: ignore[misc]
                ]
            )
            assert (sent, confirmed in {"done", "WrongCode", "CodeExpired"}) == ("done", True)

    def test_two_who_swap_their_numbers_do_not_wait_for_each_other_for_ever(
        self, alice: User, bruno: User
    ) -> None:
        for _ in range(4):
            hers, his = bruno.phone, alice.phone
            a, b = codes.read(codes.send(alice, hers)), codes.read(codes.send(bruno, his))
            assert together(
                [
                    lambda a=a: phone_codes.confirm_verification(user=alice, code=a),  # type: ignore[misc]
                    lambda b=b: phone_codes.confirm_verification(user=bruno, code=b),  # type: ignore[misc]
                ]
            ) == ["done", "done"]
            alice.refresh_from_db()
            bruno.refresh_from_db()
            assert (alice.phone, bruno.phone) == (hers, his)

    def test_of_many_who_prove_one_number_one_has_it(
        self, alice: User, bruno: User, clara: User, davi: User
    ) -> None:
        people = [alice, bruno, clara, davi]
        read = [codes.read(codes.send(user, NEW, address="")) for user in people]
        results = together(
            [
                lambda user=user, code=code: phone_codes.confirm_verification(user=user, code=code)  # type: ignore[misc]
                for user, code in zip(people, read, strict=True)
            ]
        )
        assert results == ["done"] * 4
        holders = User.objects.filter(phone=NEW, phone_verified_at__isnull=False)
        assert holders.count() == 1
