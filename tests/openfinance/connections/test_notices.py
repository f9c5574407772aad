"""What a person reads of their connection, once, or why nothing could be sent."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Subscription, User
from openfinance import consents, notices
from openfinance.models import Consent, Notice
from tests.openfinance.cold import close_window
from tests.openfinance.connections.people import Trip, fresh, words
from whatsapp import signals
from whatsapp.models import BusinessNumber, Contact, MessageTemplate, OutgoingMessage
from whatsapp.providers import NextStep

Kind, Reason = Notice.Kind, Consent.Reason


def last(hers: Trip) -> OutgoingMessage:
    return OutgoingMessage.objects.filter(user=hers.user).latest("created_at")


def end_date(consent: Consent) -> str:
    assert consent.expires_at
    local = timezone.localtime(consent.expires_at)
    return date_format(local, r"j \d\e F \d\e Y").lower()


def ends(hers: Trip, reason: Consent.Reason, by: str = "") -> OutgoingMessage:
    consent = hers.connects()
    consents.end(consent, reason=reason, by=Consent.RejectedBy(by) if by else None)
    notices.tell(fresh(consent), Kind.ENDED)
    return last(hers)


def buttons(message: OutgoingMessage) -> list[tuple[str, str]]:
    action = message.payload["interactive"]["action"]
    return [(each["reply"]["id"], each["reply"]["title"]) for each in action["buttons"]]


def test_who_is_connected_reads_bank_data_term_and_how_to_end_it(hers: Trip) -> None:
    consent = hers.connects()
    told = words(last(hers))
    assert f"*Nubank* está conectada até {end_date(consent)}" in told
    assert "Saldos da conta, Extratos da conta" in told
    assert "escreva *desconectar*" in told


def test_a_term_without_an_end_is_said_so(hers: Trip) -> None:
    hers.connects(term_months=None)
    assert "conectada sem prazo final" in words(last(hers))


def test_each_thing_is_told_once(hers: Trip) -> None:
    consent = hers.connects()
    assert notices.tell(consent, Kind.ENDS_IN_7)
    assert not notices.tell(consent, Kind.ENDS_IN_7)
    assert hers.told() == ["connected", "ends_in_7"]


def test_a_warning_has_the_date_and_one_button(hers: Trip) -> None:
    consent = hers.connects()
    notices.tell(consent, Kind.ENDS_IN_14)
    assert f"vale até {end_date(consent)}" in words(last(hers))
    assert buttons(last(hers)) == [(f"renew:{consent.connection_id}", "Renovar")]


def test_what_has_expired_can_be_renewed_with_one_tap(hers: Trip) -> None:
    message = ends(hers, Reason.CONSENT_MAX_DATE_REACHED, "ASPSP")
    assert "venceu" in words(message)
    assert len(buttons(message)) == 1


def test_who_left_is_not_asked_back(hers: Trip) -> None:
    message = ends(hers, Reason.CUSTOMER_MANUALLY_REVOKED, "USER")
    assert (message.kind, "encerrada por você" in words(message)) == ("text", True)


@pytest.mark.parametrize("reason", list(Reason))
def test_no_reason_is_ever_called_fraud(hers: Trip, reason: Consent.Reason) -> None:
    told = words(ends(hers, reason, "ASPSP")).lower()
    assert not any(word in told for word in ("fraude", "segurança", "suspeit"))
    assert "nubank" in told


def test_a_refusal_says_what_still_holds(hers: Trip) -> None:
    first = hers.agrees()
    notices.tell(first, Kind.REFUSED)
    assert "continua valendo" not in words(last(hers))
    hers.connects()
    notices.tell(hers.agrees(), Kind.REFUSED)
    assert "continua valendo" in words(last(hers))


def test_outside_the_window_the_result_is_an_approved_template(
    hers: Trip, approved_templates: dict[str, MessageTemplate]
) -> None:
    close_window(hers.user)
    consent = hers.connects()
    template = last(hers).payload["template"]
    texts = {
        each["parameter_name"]: each["text"] for each in template["components"][0]["parameters"]
    }
    assert template["name"] == "conexao_resultado"
    assert texts == {"banco": "Nubank", "resultado": f"conta conectada até {end_date(consent)}"}


def test_outside_the_window_a_warning_is_a_template_whose_button_renews(
    hers: Trip, approved_templates: dict[str, MessageTemplate]
) -> None:
    consent = hers.connects()
    close_window(hers.user)
    notices.tell(consent, Kind.ENDS_IN_1)
    template = last(hers).payload["template"]
    (button,) = [each for each in template["components"] if each["type"] == "button"]
    assert template["name"] == "conexao_vencendo"
    assert button["parameters"][0]["payload"] == f"renew:{consent.connection_id}"


def _opts_out(user: User) -> None:
    Contact.objects.filter(phone=user.phone).update(opted_out_at=timezone.now())


def _loses_phone(user: User) -> None:
    User.objects.filter(pk=user.pk).update(phone="", phone_verified_at=None)


def _moves_number(user: User) -> None:
    later = timezone.now() + timedelta(seconds=1)
    Contact.objects.filter(phone=user.phone).update(took_number_at=later)


def _stops_number(user: User) -> None:
    BusinessNumber.objects.create(phone_number_id="106540352242922", stopped_at=timezone.now())


@pytest.mark.parametrize(
    ("obstacle", "code"),
    [
        (_opts_out, "opted_out"),
        (_loses_phone, "phone_missing"),
        (_moves_number, "phone_not_verified"),
        (_stops_number, "whatsapp_unavailable"),
        (close_window, "whatsapp_template_unavailable"),
    ],
)
def test_what_keeps_a_notice_back_undoes_nothing(hers: Trip, obstacle: object, code: str) -> None:
    assert callable(obstacle)
    state = hers.goes(hers.agrees())
    obstacle(hers.user)
    assert hers.approves(state).status == "authorised"
    notice = Notice.objects.get()
    assert (notice.obstacle, notice.message) == (code, None)


def test_a_marketing_template_does_not_reach_who_wants_none(
    hers: Trip, approved_templates: dict[str, MessageTemplate]
) -> None:
    MessageTemplate.objects.update(category="MARKETING")
    Contact.objects.update(marketing_stopped_at=timezone.now(), window_ends_at=timezone.now())
    hers.connects()
    assert Notice.objects.get().obstacle == "opted_out"


def test_who_has_no_plan_any_more_is_still_told(hers: Trip) -> None:
    consent = hers.connects()
    Subscription.objects.all().delete()
    assert notices.tell(consent, Kind.ENDS_IN_1)


def test_a_notice_that_whatsapp_takes_only_as_a_template_goes_out_as_one(
    hers: Trip, approved_templates: dict[str, MessageTemplate]
) -> None:
    hers.connects()
    refused = last(hers)
    refused.status, refused.next_step = OutgoingMessage.Status.FAILED, NextStep.USE_TEMPLATE
    refused.save()
    signals.message_refused.send(sender=OutgoingMessage, message=refused)
    again = Notice.objects.get().message
    assert again
    assert (again.kind, again.replaces) == ("template", refused)


def test_what_is_undone_tells_nobody(hers: Trip) -> None:
    consent = hers.connects()
    with transaction.atomic():
        notices.tell(consent, Kind.ENDS_IN_1)
        transaction.set_rollback(True)
    assert hers.told() == ["connected"]
