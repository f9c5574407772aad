"""An erasure that is killed, and one that a bank or a person on their way holds up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses
from django.db import connection
from django.utils import timezone

from accounts.models import User
from openfinance import kept_proofs
from openfinance import life as banks
from openfinance.models import Attempt, Connection, Consent, KeptProof
from pierre.privacy import erasure
from tests import jobs
from tests.openfinance import rows
from tests.openfinance.sandbox import world
from tests.pierre.privacy import dumps
from tests.pierre.privacy.whole_lives import Life
from whatsapp.models import OutgoingMessage


class Killed(BaseException):
    """The process is gone, in the middle of a statement."""


def killed_at(number: int) -> Callable[..., Any]:
    """Return a wrapper of statements that lets the process die at the one of this number."""
    left = iter(range(number))

    def run(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if next(left, None) is None:
            raise Killed
        return execute(sql, params, many, context)

    return run


def go_on(life: Life) -> None:
    erasure.erase_due()
    jobs.run_all(later=True)


def is_erased(life: Life) -> bool:
    return User.objects.filter(pk=life.user.pk, erased_at__isnull=False).exists()


def goes_down(outside: responses.RequestsMock) -> None:
    for method in world.METHODS:
        outside.remove(method, world.ANYWHERE)
        outside.add(method, world.ANYWHERE, status=503)


def comes_back(outside: responses.RequestsMock) -> None:
    for method in world.METHODS:
        outside.remove(method, world.ANYWHERE)
    world.bridge(outside)


# A process that dies closes no cursor.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_worker_killed_at_any_statement_leaves_it_to_the_next(life: Life) -> None:
    erasure.request(user=life.user)
    for consent in Consent.objects.all():  # the bank has done its part
        Consent.objects.filter(pk=consent.pk).update(revoked_at_bank_at=timezone.now())
        Consent.objects.filter(pk=consent.pk).update(status="ended", ended_at=timezone.now())
    deaths = 0
    for number in range(1, 400):
        try:
            with connection.execute_wrapper(killed_at(number)):
                erasure.erase(user=life.user)
        except Killed:
            deaths += 1
        else:
            break
    assert deaths > 30
    assert is_erased(life)
    assert dumps.found(life.needles) == {}


def test_a_bank_that_is_down_holds_back_its_own_connection_alone(
    life: Life, outside: responses.RequestsMock
) -> None:
    goes_down(outside)
    erasure.request(user=life.user)
    with pytest.raises(Exception, match="bank_down"):
        jobs.run_all(later=True)
    erasure.erase(user=life.user)
    consent = Consent.objects.get(connection__user=life.user)
    assert (consent.cpf, consent.address, consent.user_agent) == (None, None, "")
    assert set(dumps.found(life.needles)) <= {"openfinance_connection", "openfinance_consent"}
    assert not is_erased(life)
    comes_back(outside)
    Consent.objects.update(revocation_requested_at=timezone.now() - timedelta(minutes=6))
    banks.remind_banks()
    jobs.run_all(later=True)
    go_on(life)
    assert is_erased(life)
    assert dumps.found(life.needles) == {}


def test_after_the_deadline_the_data_go_and_staff_see_which_bank_did_not_answer(
    life: Life, outside: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    goes_down(outside)
    erasure.request(user=life.user)
    asked_at = timezone.now() - timedelta(days=15)
    User.objects.filter(pk=life.user.pk).update(erasure_requested_at=asked_at)
    erasure.erase(user=life.user)
    assert is_erased(life)
    proof = KeptProof.objects.get()
    assert (proof.revoked_at_bank_at, bool(proof.bank_consent_id)) == (None, True)
    assert "its bank did not confirm" in caplog.text
    assert life.user.email not in caplog.text


def test_whoever_may_still_come_back_from_the_bank_is_waited_for(
    live_db: None, alice: User
) -> None:
    on_the_way = rows.consent(alice, status="created", authorised_at=None, bank_consent_id="")
    soon = timezone.now() + timedelta(minutes=30)
    Attempt.objects.create(
        consent=on_the_way, state_digest="a", expires_at=soon, remembered=b"for the return"
    )
    erasure.request(user=alice)
    jobs.run_all(later=True)
    assert kept_proofs.unsettled().filter(pk=on_the_way.pk).exists()
    Attempt.objects.update(expires_at=timezone.now())
    erasure.erase(user=alice)
    assert not Connection.objects.filter(user=alice).exists()
    # Nobody agreed to anything that a bank has heard of.
    assert not KeptProof.objects.exists()


def test_a_message_that_is_being_sent_is_waited_for(life: Life) -> None:
    sending = OutgoingMessage.objects.create(
        user=life.user,
        phone=life.user.phone,
        kind="text",
        payload={},
        status="sending",
        sending_since=timezone.now(),
    )
    erasure.request(user=life.user)
    jobs.run_all(later=True)
    assert User.objects.get(pk=life.user.pk).phone
    OutgoingMessage.objects.filter(pk=sending.pk).update(status="unknown")
    go_on(life)
    assert dumps.found(life.needles) == {}
