"""A code is sent to a phone, and whoever reads it there has that phone."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import responses
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from accounts import phones
from accounts.models import AuditEvent, PhoneVerification, User
from openfinance import message_templates
from tests import jobs as worker
from tests.whatsapp import codes
from tests.whatsapp import graph as graph_answers
from whatsapp import contacts, exceptions, numbers, phone_codes
from whatsapp.models import Contact, MessageTemplate, OutgoingMessage
from whatsapp.template_definitions import CodeTemplate

pytestmark = pytest.mark.usefixtures("approved")

NEW = "+5511912345678"


@pytest.fixture
def approved(db: None) -> None:
    codes.approve()


@pytest.fixture
def newcomer(db: None) -> User:
    return User.objects.create_user("erica@example.com", name="Erica")


def acts(user: User | None) -> list[tuple[str, str]]:
    events = AuditEvent.objects.filter(user=user).order_by("pk")
    return list(events.values_list("act", "result"))


def the_code(graph: responses.RequestsMock) -> str:
    """Return the code in the newest message that reached Graph, which has it in two places."""
    body, button = graph_answers.sent(graph)[-1]["template"]["components"]
    assert body["parameters"] == button["parameters"]
    return str(body["parameters"][0]["text"])


class TestSending:
    pytestmark = pytest.mark.usefixtures("live_db")

    def test_the_code_goes_out_as_the_template_and_makes_the_number_theirs(
        self, newcomer: User, graph: responses.RequestsMock
    ) -> None:
        graph_answers.accepts(graph)
        codes.send(newcomer, "(11) 91234-5678")
        worker.run_all()
        [sent] = graph_answers.sent(graph)
        assert (sent["to"], sent["template"]["name"]) == (NEW, "codigo_verificacao")
        user = phone_codes.confirm_verification(user=newcomer, code=the_code(graph))
        assert (user.phone, user.phone_verified_at is not None) == (NEW, True)

    def test_the_code_stands_in_no_row_and_no_log(
        self, newcomer: User, graph: responses.RequestsMock, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        graph_answers.accepts(graph)
        attempt = codes.send(newcomer, NEW)
        worker.run_all()
        written: tuple[type[Model], ...] = (PhoneVerification, OutgoingMessage, AuditEvent)
        kept = [row for model in written for row in model._default_manager.values()]
        texts = [str(value) for row in kept for value in row.values()]
        # An id may hold any six digits by chance.
        assert not any(codes.read(attempt) == text for text in texts)
        assert "{code}" in str(OutgoingMessage.objects.get().payload)
        assert f"'{codes.read(attempt)}'" not in str(kept)
        assert codes.read(attempt) not in caplog.text

    def test_a_job_that_runs_twice_sends_one_message(
        self, newcomer: User, graph: responses.RequestsMock
    ) -> None:
        graph_answers.accepts(graph)
        attempt = codes.send(newcomer, NEW)
        worker.run_all()
        phone_codes.write(attempt.pk)
        worker.run_all()
        assert len(graph_answers.sent(graph)) == 1

    @pytest.mark.parametrize("end", ["superseded_at", "used_at", "expires_at"])
    def test_a_code_that_is_over_does_not_leave_the_queue(
        self, newcomer: User, graph: responses.RequestsMock, end: str
    ) -> None:
        attempt = codes.send(newcomer, NEW)
        phone_codes.write(attempt.pk)
        PhoneVerification.objects.update(**{end: timezone.now()})
        worker.run_all()
        assert not graph.calls
        assert OutgoingMessage.objects.get().error_details == "its code is no longer good"

    def test_an_opt_out_from_before_does_not_stop_it_and_a_later_one_does(
        self, alice: User, graph: responses.RequestsMock
    ) -> None:
        graph_answers.accepts(graph)
        contact = Contact.objects.get(phone=alice.phone)
        contacts.opt_out(contact, at=timezone.now() - timedelta(days=1), source={})
        codes.send(alice)
        worker.run_all()
        assert len(graph_answers.sent(graph)) == 1
        phone_codes.write(codes.send(alice).pk)
        Contact.objects.update(opted_out_at=timezone.now() + timedelta(seconds=30))
        worker.run_all()
        assert len(graph_answers.sent(graph)) == 1


class TestRefusedBeforeAnythingIsWritten:
    @pytest.mark.parametrize(
        ("typed", "error"),
        [("(11) 3071-0000", phones.LandlinePhone), ("98765-4321", phones.MissingAreaCode)],
    )
    def test_a_number_that_has_no_whatsapp(
        self, newcomer: User, typed: str, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            codes.send(newcomer, typed)
        with pytest.raises(error):
            phone_codes.send_sign_in(phone=typed, address="")
        assert not PhoneVerification.objects.exists()

    def test_without_the_approved_template(self, newcomer: User) -> None:
        MessageTemplate.objects.update(status=MessageTemplate.Status.PAUSED)
        with pytest.raises(exceptions.TemplateUnavailable):
            codes.send(newcomer, NEW)
        assert not PhoneVerification.objects.exists()

    @pytest.mark.parametrize("stop", [numbers.stop, numbers.stop_templates])
    def test_while_our_number_is_stopped(self, newcomer: User, stop: Callable[..., object]) -> None:
        stop(reason="test")
        with pytest.raises(exceptions.Unavailable):
            codes.send(newcomer, NEW)
        assert not PhoneVerification.objects.exists()

    def test_without_access_to_whatsapp(self, newcomer: User, settings: Any) -> None:
        options = settings.WHATSAPP["OPTIONS"] | {"access_token": ""}
        settings.WHATSAPP = settings.WHATSAPP | {"OPTIONS": options}
        with pytest.raises(exceptions.NotConfigured):
            codes.send(newcomer, NEW)


class TestConfirming:
    def test_blanks_around_the_code_do_not_matter(self, newcomer: User) -> None:
        code = codes.read(codes.send(newcomer, NEW))
        assert phone_codes.confirm_verification(user=newcomer, code=f" {code}\n").phone == NEW

    def test_a_code_is_good_once(self, newcomer: User) -> None:
        code = codes.read(codes.send(newcomer, NEW))
        phone_codes.confirm_verification(user=newcomer, code=code)
        with pytest.raises(exceptions.CodeExpired):
            phone_codes.confirm_verification(user=newcomer, code=code)

    def test_ten_minutes_later_it_is_over(self, newcomer: User) -> None:
        attempt = codes.send(newcomer, NEW)
        assert attempt.expires_at - attempt.sent_at == timedelta(minutes=10)
        PhoneVerification.objects.update(expires_at=timezone.now())
        with pytest.raises(exceptions.CodeExpired):
            phone_codes.confirm_verification(user=newcomer, code=codes.read(attempt))

    def test_the_fifth_wrong_try_is_the_last(self, newcomer: User) -> None:
        attempt = codes.send(newcomer, NEW)
        left = []
        for step in range(1, 6):
            with pytest.raises(exceptions.WrongCode) as raised:
                phone_codes.confirm_verification(user=newcomer, code=codes.wrong(attempt, step))
            left.append(raised.value.tries_left)
        assert left == [4, 3, 2, 1, 0]
        with pytest.raises(exceptions.CodeExpired):
            phone_codes.confirm_verification(user=newcomer, code=codes.read(attempt))
        newcomer.refresh_from_db()
        assert newcomer.phone == ""

    @pytest.mark.parametrize("code", ["", "abc", "123456" * 100, "\ud800", "１２３４５６", "\x00"])
    def test_what_is_no_code_is_a_wrong_one(self, newcomer: User, code: str) -> None:
        codes.send(newcomer, NEW)
        with pytest.raises(exceptions.WrongCode):
            phone_codes.confirm_verification(user=newcomer, code=code)

    def test_only_the_newest_code_is_good(self, newcomer: User) -> None:
        first, second = codes.send(newcomer, NEW), codes.send(newcomer, NEW)
        with pytest.raises(exceptions.WrongCode):
            phone_codes.confirm_verification(user=newcomer, code=codes.read(first))
        assert phone_codes.confirm_verification(user=newcomer, code=codes.read(second)).phone == NEW

    def test_a_code_is_of_no_use_to_another_user(self, newcomer: User, davi: User) -> None:
        attempt = codes.send(newcomer, NEW)
        with pytest.raises(exceptions.CodeExpired):
            phone_codes.confirm_verification(user=davi, code=codes.read(attempt))

    def test_a_code_to_sign_in_verifies_nothing(self, alice: User) -> None:
        pk = phone_codes.send_sign_in(phone=alice.phone, address="")
        code = codes.read(PhoneVerification.objects.get(pk=pk))
        with pytest.raises(exceptions.CodeExpired):
            phone_codes.confirm_verification(user=alice, code=code)

    def test_each_step_is_in_the_trail(self, newcomer: User) -> None:
        attempt = codes.send(newcomer, NEW)
        with pytest.raises(exceptions.WrongCode):
            phone_codes.confirm_verification(user=newcomer, code=codes.wrong(attempt))
        phone_codes.confirm_verification(user=newcomer, code=codes.read(attempt))
        assert acts(newcomer) == [
            ("phone_code_sent", ""),
            ("phone_code_refused", "wrong"),
            ("phone_changed", ""),
            ("phone_verified", ""),
        ]
        assert NEW[-8:] not in str(list(AuditEvent.objects.values()))


class TestSigningIn:
    def test_the_code_says_who_it_is(self, alice: User) -> None:
        pk = phone_codes.send_sign_in(phone="(11) 98765-4321", address=codes.HOME)
        code = codes.read(PhoneVerification.objects.get(pk=pk))
        assert phone_codes.confirm_sign_in(attempt=pk, code=code) == alice
        with pytest.raises(exceptions.CodeExpired):
            phone_codes.confirm_sign_in(attempt=pk, code=code)

    @pytest.mark.parametrize("change", [{"phone_verified_at": None}, {"is_active": False}])
    def test_a_number_that_nobody_verified_gets_the_same_and_no_message(
        self, alice: User, change: dict[str, object]
    ) -> None:
        User.objects.update(**change)
        pk = phone_codes.send_sign_in(phone=alice.phone, address="")
        assert worker.run_all() == ["whatsapp.tasks.write_code"]
        assert not OutgoingMessage.objects.exists()
        attempt = PhoneVerification.objects.get(pk=pk)
        with pytest.raises(exceptions.WrongCode):
            phone_codes.confirm_sign_in(attempt=pk, code=codes.wrong(attempt))
        with pytest.raises(exceptions.CodeExpired):
            phone_codes.confirm_sign_in(attempt=pk, code=codes.read(attempt))
        assert acts(None) == [("phone_code_refused", "nobody"), ("phone_code_refused", "wrong")]

    def test_known_and_unknown_numbers_cost_the_same_statements(self, alice: User) -> None:
        kinds = []
        for phone in (alice.phone, NEW):
            with connection.execute_wrapper(counted := _Counted()):
                phone_codes.send_sign_in(phone=phone, address=codes.HOME)
            kinds.append(counted.verbs)
        assert kinds[0] == kinds[1]
        # The code, and the audit's event with the head of its chain.
        assert (kinds[0]["INSERT"], kinds[0]["WITH"]) == (1, 1)

    def test_a_number_that_moved_to_another_person_signs_in_nobody(self, alice: User) -> None:
        pk = phone_codes.send_sign_in(phone=alice.phone, address="")
        attempt = PhoneVerification.objects.get(pk=pk)
        Contact.objects.update(took_number_at=timezone.now())
        with pytest.raises(exceptions.CodeExpired):
            phone_codes.confirm_sign_in(attempt=pk, code=codes.read(attempt))
        again = phone_codes.send_sign_in(phone=alice.phone, address="")
        assert PhoneVerification.objects.get(pk=again).user is None

    def test_a_new_code_replaces_the_one_before(self, alice: User) -> None:
        first = phone_codes.send_sign_in(phone=alice.phone, address="")
        phone_codes.send_sign_in(phone=alice.phone, address="")
        code = codes.read(PhoneVerification.objects.get(pk=first))
        with pytest.raises(exceptions.CodeExpired):
            phone_codes.confirm_sign_in(attempt=first, code=code)

    def test_an_attempt_that_never_was_is_over(self, db: None) -> None:
        with pytest.raises(exceptions.CodeExpired):
            phone_codes.confirm_sign_in(attempt=uuid4(), code="123456")


class TestTheCommand:
    def test_it_sends_a_code_and_shows_neither_code_nor_number(
        self, davi: User, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("send_phone_code", "davi@example.com")
        told = capsys.readouterr().out
        assert "+55 41 •••••-4324, good for 10 minutes" in told
        assert codes.read(PhoneVerification.objects.get(user=davi)) not in told

    @pytest.mark.parametrize(
        ("email", "told"),
        [("nobody@example.com", "no user"), ("erica@example.com", "no phone")],
    )
    def test_it_says_why_it_sends_none(self, newcomer: User, email: str, told: str) -> None:
        with pytest.raises(CommandError, match=told):
            call_command("send_phone_code", email)

    def test_it_says_when_to_try_again(self, davi: User, settings: Any) -> None:
        settings.PHONE_CODE_CAP_PER_HOUR = 1
        codes.send(davi)
        with pytest.raises(CommandError, match=r"again in 3\d\d\d seconds"):
            call_command("send_phone_code", "davi@example.com")


def test_the_template_says_how_long_a_code_lasts(db: None) -> None:
    [template] = [
        definition
        for definition in message_templates.definitions()
        if isinstance(definition, CodeTemplate)
    ]
    assert (template.name, timedelta(minutes=template.minutes)) == (
        phone_codes.TEMPLATE,
        phone_codes.LASTS,
    )


def test_a_wrong_try_inside_a_transaction_would_not_count_and_is_a_mistake(
    live_db: None, newcomer: User
) -> None:
    codes.send(newcomer, NEW)
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        phone_codes.confirm_verification(user=newcomer, code="123456")


class _Counted:
    """Counts statements by their first word."""

    def __init__(self) -> None:
        self.verbs: Counter[str] = Counter()

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        self.verbs[sql.split(maxsplit=1)[0].upper()] += 1
        return execute(sql, *rest)
