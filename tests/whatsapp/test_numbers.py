from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from pytest_django import Settings

from whatsapp import exceptions, numbers
from whatsapp.models import BusinessNumber
from whatsapp.providers import NextStep, Outcome, SendError

pytestmark = pytest.mark.usefixtures("db")


def error(next_step: NextStep, **facts: object) -> SendError:
    return SendError(
        outcome=Outcome.PERMANENT,
        next_step=next_step,
        details="because of the test",
        **facts,  # type: ignore[arg-type]
    )


def minutes_paused() -> int:
    until = BusinessNumber.objects.get().paused_until
    assert until
    return round((until - timezone.now()).total_seconds() / 60)


def test_a_number_that_nothing_is_known_of_sends() -> None:
    numbers.require_sending()
    assert numbers.wait(is_template=True) == timedelta()
    assert not BusinessNumber.objects.exists()


@pytest.mark.parametrize("step", [NextStep.STOP_NUMBER, NextStep.REGISTER_NUMBER])
def test_a_refusal_of_the_number_stops_it_with_its_reason(step: NextStep) -> None:
    numbers.note(error(step, code=190))
    stopped = numbers.stopped()
    assert stopped
    assert (stopped.error_code, stopped.reason) == (190, "because of the test")
    with pytest.raises(exceptions.Unavailable):
        numbers.require_sending()


def test_the_first_reason_is_kept_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    numbers.stop(reason="first", code=131042)
    numbers.stop(reason="second", code=190)
    assert BusinessNumber.objects.get().reason == "first"
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_stopped_templates_leave_answers_free() -> None:
    numbers.note(error(NextStep.STOP_TEMPLATES, code=131048))
    assert numbers.wait(is_template=False) == timedelta()
    assert numbers.wait(is_template=True) > timedelta()
    assert (numbers.stopped(), numbers.held()) == (None, BusinessNumber.objects.get())


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (3, 3), (9, 5)])
def test_a_call_limit_pauses_for_one_to_five_minutes(attempts: int, minutes: int) -> None:
    numbers.note(error(NextStep.PAUSE_QUEUE), attempts=attempts)
    assert minutes_paused() == minutes


def test_what_meta_says_of_a_limit_wins() -> None:
    numbers.note(error(NextStep.PAUSE_QUEUE, retry_after=timedelta(minutes=42)))
    assert minutes_paused() == 42


def test_a_pause_never_shortens_another() -> None:
    numbers.pause(timedelta(minutes=30))
    numbers.pause(timedelta(minutes=1))
    assert minutes_paused() == 30


def test_a_pause_ends_by_itself() -> None:
    BusinessNumber.objects.create(
        phone_number_id=django_settings.WHATSAPP["OPTIONS"]["phone_number_id"],
        paused_until=timezone.now() - timedelta(seconds=1),
    )
    assert numbers.wait(is_template=False) == timedelta()


def test_resuming_forgets_every_reason_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    numbers.stop_templates(reason="spam", code=131048)
    numbers.stop(reason="token", code=190)
    assert (numbers.resume(), numbers.resume()) == (True, False)
    number = BusinessNumber.objects.get()
    assert (number.stopped_at, number.templates_stopped_at, number.reason) == (None, None, "")
    assert caplog.text.count("sends again") == 1


def test_another_number_is_not_ours(settings: Settings) -> None:
    numbers.stop(reason="the old one", code=133010)
    options = {**settings.WHATSAPP["OPTIONS"], "phone_number_id": "2"}
    settings.WHATSAPP = {**settings.WHATSAPP, "OPTIONS": options}
    numbers.require_sending()
    assert numbers.resume(BusinessNumber.objects.get()) is True
