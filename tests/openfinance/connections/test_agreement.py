"""What a person agreed to is written down once, as evidence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts import encryption
from openfinance import consents, permissions
from openfinance.models import Bank, Connection, Consent, ConsentEvent, ConsentText
from openfinance.permissions import Group
from tests.openfinance.connections.people import CPF, PHONE, Trip, fresh


def test_the_evidence_says_what_was_shown_chosen_and_from_where(hers: Trip) -> None:
    consent = fresh(hers.agrees(channel="whatsapp", whatsapp_message_id="wamid.1"))
    assert consent.text.text == "Você concorda?"
    assert (consent.groups, consent.term_months) == (["balances", "transactions"], 12)
    assert (consent.channel, consent.whatsapp_message_id) == ("whatsapp", "wamid.1")
    assert (consent.address, consent.user_agent) == (PHONE.address, PHONE.user_agent)
    assert consent.cpf_index == encryption.index(CPF, purpose="cpf")


def test_whole_groups_are_requested_and_nothing_is_granted_yet(hers: Trip) -> None:
    consent = fresh(hers.agrees())
    asked = permissions.expand([Group.BALANCES, Group.TRANSACTIONS])
    assert tuple(consent.requested_permissions) == asked
    assert (consent.granted_permissions, consent.status) == ([], "created")


def test_a_text_is_kept_once_however_often_it_is_shown(hers: Trip) -> None:
    first, second = hers.agrees(), hers.agrees(text="Outra versão")
    hers.agrees()
    assert ConsentText.objects.count() == 2
    assert first.text_id != second.text_id


def test_the_same_agreement_again_is_the_same_consent(hers: Trip) -> None:
    link = hers.link()
    consent = hers.agrees(link)
    assert hers.agrees(link, groups=(Group.TRANSACTIONS, Group.BALANCES)) == consent
    assert ConsentEvent.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{"term_months": None}, {"groups": (Group.BALANCES,)}, {"cpf": "87517400444"}]
)
def test_another_agreement_on_the_same_link_ends_the_first(
    hers: Trip, other: dict[str, object]
) -> None:
    link = hers.link()
    first = hers.agrees(link)
    second = hers.agrees(link, **other)
    assert (fresh(first).status, fresh(first).reason) == ("ended", "CUSTOMER_MANUALLY_REJECTED")
    assert fresh(second).status == "created"


def test_a_bank_that_has_another_provider_by_now_gets_another_consent(hers: Trip) -> None:
    link = hers.link()
    first = hers.agrees(link)
    Bank.objects.update(provider="pluggy")
    assert hers.agrees(link) != first


def test_a_link_that_has_connected_a_bank_takes_no_second_agreement(hers: Trip) -> None:
    link = hers.link()
    hers.approves(hers.goes(hers.agrees(link)))
    with pytest.raises(consents.LinkUsed):
        hers.agrees(link)


def test_two_links_of_a_bank_have_one_connection(hers: Trip) -> None:
    hers.agrees()
    hers.agrees()
    assert (Connection.objects.count(), Consent.objects.count()) == (1, 2)


def test_no_data_or_impossible_data_are_no_agreement(hers: Trip) -> None:
    for groups in ((), (Group.DETAILS, Group.BUSINESS_DETAILS)):
        with pytest.raises(permissions.BadCombination):
            hers.agrees(groups=groups)
    assert (Consent.objects.count(), Connection.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("now", "months", "end"),
    [
        (
            datetime(2026, 11, 24, 3, 0, 5, 9, tzinfo=UTC),
            12,
            datetime(2027, 11, 24, 3, 0, 5, tzinfo=UTC),
        ),
        (datetime(2026, 11, 30, tzinfo=UTC), 3, datetime(2027, 2, 28, tzinfo=UTC)),
        (datetime(2027, 12, 31, tzinfo=UTC), 2, datetime(2028, 2, 29, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), 11, datetime(2026, 12, 15, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), 24, datetime(2028, 1, 15, tzinfo=UTC)),
    ],
)
def test_a_term_ends_on_the_same_day_of_a_later_month(
    now: datetime, months: int, end: datetime
) -> None:
    assert consents.ends_at(months=months, now=now) == end


def test_a_term_without_an_end_has_none(hers: Trip) -> None:
    assert fresh(hers.agrees(term_months=None)).expires_at is None


LEGAL = {
    ("created", "awaiting"),
    ("created", "authorised"),
    ("created", "ended"),
    ("awaiting", "authorised"),
    ("awaiting", "ended"),
    ("authorised", "ended"),
}


@pytest.mark.parametrize("old", Consent.Status)
@pytest.mark.parametrize("new", Consent.Status)
def test_a_consent_makes_the_specifications_moves_and_no_other(
    hers: Trip, old: Consent.Status, new: Consent.Status
) -> None:
    consent = hers.agrees()
    ended_at = consent.agreed_at if old == "ended" else None
    Consent.objects.update(status=old, ended_at=ended_at)
    facts: dict[str, Any] = {"ended_at": consent.agreed_at} if new == "ended" else {}
    moved = consents.move(consent, new, **facts)
    assert moved == ((old, new) in LEGAL)
    assert fresh(consent).status == (new if moved else old) == consent.status
    assert consent.events.count() == 1 + moved


def test_people_read_the_states_names(hers: Trip) -> None:
    consent = hers.agrees()
    assert consents.state_name(consent) == "Aguardando aprovação"
    consent = hers.connects()
    assert consents.state_name(consent) == "Ativo"
    consent.expires_at = consent.agreed_at - timedelta(days=1)
    assert consents.state_name(consent) == "Vencido"
    consent.revocation_requested_at = consent.agreed_at
    assert consents.state_name(consent) == "Encerrando"


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        ("CONSENT_MAX_DATE_REACHED", "Vencido"),
        ("CUSTOMER_MANUALLY_REVOKED", "Encerrado"),
        ("INTERNAL_SECURITY_REASON", "Encerrado"),
        ("CONSENT_TECHNICAL_ISSUE", "Encerrado"),
        ("REPLACED", "Renovado"),
    ],
)
def test_what_has_ended_is_named_after_its_reason(hers: Trip, reason: str, name: str) -> None:
    consent = hers.connects()
    consents.end(consent, reason=Consent.Reason(reason), by=None)
    assert consents.state_name(consent) == name


def test_what_was_never_authorised_is_not_called_ended(hers: Trip) -> None:
    consent = hers.agrees()
    consents.end(consent, reason=Consent.Reason.CONSENT_EXPIRED, by=None)
    assert consents.state_name(consent) == "Não concluído"
