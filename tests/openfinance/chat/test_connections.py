"""What people do with their connections in the conversation."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, User
from openfinance.models import (
    Bank,
    Connection,
    ConnectionLink,
    Consent,
    ConsentText,
    ManagementLink,
)
from tests import jobs
from tests.openfinance.chat import phone
from tests.openfinance.chat.phone import Phone, buttons, kinds, rows, text
from whatsapp import updates
from whatsapp.models import Contact, OutgoingMessage


def connected(user: User, slug: str = "nubank", **changes: object) -> Connection:
    """Give a user a connection, as if they had come back from the bank."""
    now = timezone.now()
    shown, _ = ConsentText.objects.get_or_create(digest="0" * 64, defaults={"text": "x"})
    connection = Connection.objects.create(user=user, bank=Bank.objects.get(slug=slug))
    facts = {
        "status": "authorised",
        "authorised_at": now,
        "expires_at": now + timedelta(days=300),
        "bank_consent_id": f"urn:{connection.pk}",
        **changes,
    }
    Consent.objects.create(
        connection=connection,
        text=shown,
        purpose="x",
        groups=[],
        requested_permissions=[],
        channel="whatsapp",
        provider="sandbox",
        **facts,
    )
    return connection


def is_revoked(connection: Connection) -> bool:
    asked = connection.consents.filter(revocation_requested_at__isnull=False)
    return asked.exists()


def test_one_connection_is_ended_with_one_question(hers: Phone, alice: User) -> None:
    connection = connected(alice)
    (ask,) = buttons(hers.writes("desconectar"))
    assert (ask, is_revoked(connection)) == (f"revoke:{connection.pk}", False)
    assert text(hers.presses(ask)).startswith("Não acessamos mais os seus dados do banco *Nubank*")
    assert is_revoked(connection)
    assert "openfinance.tasks.revoke" in [name for name, _ in jobs.waiting()]


def test_the_audit_knows_that_the_person_ended_it_in_the_conversation(
    hers: Phone, alice: User
) -> None:
    connection = connected(alice)
    hers.presses(f"revoke:{connection.pk}")
    event = AuditEvent.objects.get(act=AuditEvent.Act.REVOCATION_REQUESTED)
    assert (event.user, event.actor_kind, event.actor) == (alice, "user", str(alice.pk))
    assert event.channel == "whatsapp"


def test_of_several_connections_the_person_says_which(hers: Phone, alice: User) -> None:
    connected(alice)
    inter = connected(alice, "inter")
    listed = rows(hers.writes("desconectar"))
    assert f"end:{inter.pk}" in listed
    assert len(listed) == 2
    assert buttons(hers.picks(f"end:{inter.pk}")) == [f"revoke:{inter.pk}"]


def test_a_bank_that_is_named_is_the_one_that_is_meant(hers: Phone, alice: User) -> None:
    connected(alice)
    inter = connected(alice, "inter")
    assert buttons(hers.writes("desconectar o inter")) == [f"revoke:{inter.pk}"]


def test_what_is_ending_already_is_not_ended_again(hers: Phone, alice: User) -> None:
    connection = connected(alice)
    hers.presses(f"revoke:{connection.pk}")
    assert "não há o que desconectar" in text(hers.presses(f"revoke:{connection.pk}"))
    assert "não há o que desconectar" in text(hers.writes("desconectar"))
    assert "não há o que desconectar" in text(hers.picks(f"end:{connection.pk}"))


@pytest.mark.parametrize("act", ["end", "revoke", "renew"])
@pytest.mark.parametrize("whose", ["another's", "nobody's", "no id"])
def test_the_connection_of_somebody_else_is_nobodys_business(
    hers: Phone, bruno: User, act: str, whose: str
) -> None:
    connection = connected(bruno)
    ids = {"another's": str(connection.pk), "nobody's": "0" * 32, "no id": "\0é"}
    assert text(hers.presses(f"{act}:{ids[whose]}")).startswith("Essa escolha já não vale")
    assert not is_revoked(connection)
    assert ConnectionLink.objects.count() == 0


def test_a_stranger_ends_nothing(alice: User) -> None:
    connection = connected(alice)
    stranger = Phone(wa_id="5571987650000")
    stranger.presses(f"revoke:{connection.pk}")
    assert not is_revoked(connection)


def test_who_opted_out_still_ends_a_connection_with_a_tap(hers: Phone, alice: User) -> None:
    connection = connected(alice)
    hers.writes("sair")
    hers.presses(f"revoke:{connection.pk}")
    assert is_revoked(connection)


def test_who_got_all_answers_of_the_hour_still_ends_a_connection(hers: Phone, alice: User) -> None:
    connection = connected(alice)
    for _ in range(20):
        hers.writes("status")
    assert hers.presses(f"revoke:{connection.pk}") == []
    assert is_revoked(connection)


def test_a_tap_that_comes_late_ends_what_was_agreed_to_before_it(hers: Phone, alice: User) -> None:
    tapped = timezone.now() - timedelta(hours=4)
    old = connected(alice, agreed_at=tapped - timedelta(days=1))
    new = connected(alice, "inter", agreed_at=tapped + timedelta(hours=1))
    for connection in (old, new):
        reply = updates.ButtonReply(
            id=f"revoke:{connection.pk}", title="Encerrar", **hers._facts(at=tapped)
        )
        assert hers.hears(reply) == []
    assert (is_revoked(old), is_revoked(new)) == (True, False)


def test_renew_leads_to_the_bank_again(hers: Phone, alice: User) -> None:
    connected(alice)
    assert kinds(hers.writes("renovar")) == ["cta_url"]
    link = ConnectionLink.objects.get()
    assert (link.via, link.bank.slug, link.flow) == ("renewal", "nubank", None)


@pytest.mark.parametrize("how", ["presses", "replies"])
def test_a_tap_on_renew_leads_to_the_bank_again(hers: Phone, alice: User, how: str) -> None:
    connection = connected(alice, status="ended", ended_at=timezone.now())
    assert kinds(getattr(hers, how)(f"renew:{connection.pk}")) == ["cta_url"]
    assert ConnectionLink.objects.get().via == "renewal"


def test_of_several_the_person_says_which_to_renew(hers: Phone, alice: User) -> None:
    connected(alice)
    inter = connected(alice, "inter")
    assert f"renew:{inter.pk}" in rows(hers.writes("renovar"))
    assert kinds(hers.writes("renovar inter")) == ["cta_url"]


def test_who_has_nothing_to_renew_begins(hers: Phone) -> None:
    assert kinds(hers.writes("renovar")) == ["interactive_list"]
    assert kinds(hers.writes("renovar nubank")) == ["cta_url"]


def test_a_bank_that_is_no_longer_there_is_not_renewed(hers: Phone, alice: User) -> None:
    connection = connected(alice)
    Bank.objects.filter(slug="nubank").update(unavailable_reason="saiu")
    assert "não está disponível" in text(hers.presses(f"renew:{connection.pk}"))


def test_a_plan_without_connections_renews_nothing(bruno: User) -> None:
    connection = connected(bruno)
    assert kinds(phone.of(bruno).presses(f"renew:{connection.pk}")) == ["cta_url"]
    assert ConnectionLink.objects.count() == 0


def test_the_status_lists_the_connections_with_their_states(hers: Phone, alice: User) -> None:
    end = connected(alice).consents.get().expires_at
    connected(alice, "inter", expires_at=None)
    connected(alice, "itau", status="ended", ended_at=timezone.now())
    connected(alice, "bradesco", status="ended", ended_at=timezone.now(), authorised_at=None)
    told = text(hers.writes("status"))
    assert f"*Nubank*: Ativo, até {timezone.localtime(end):%d/%m/%Y}" in told
    assert "*Inter*: Ativo, sem prazo final" in told
    assert "*Itaú*: Encerrado" in told
    assert "Bradesco" not in told


def test_the_status_adds_what_was_asked_for_since(hers: Phone, alice: User) -> None:
    connected(alice)
    assert "Falta escolher" not in text(hers.writes("status"))
    hers.writes("conectar")
    told = text(hers.writes("status"))
    assert told.startswith("*Nubank*: Ativo")
    assert "Falta escolher o seu banco." in told


def test_the_page_of_the_connections_is_a_link_in_one_message(hers: Phone, alice: User) -> None:
    connected(alice)
    (message,) = hers.writes("minhas conexões")
    action = message.payload["interactive"]["action"]["parameters"]
    assert action["url"] == "https://connect.example/conexoes/{token}"
    assert hers.writes("minhas conexões") == []
    assert ManagementLink.objects.get().user == alice


def test_without_connections_there_is_no_page(hers: Phone) -> None:
    assert text(hers.writes("minhas conexões")) == "Você ainda não tem nenhum banco conectado."
    assert ManagementLink.objects.count() == 0


def test_who_opted_out_gets_no_links_by_typing(hers: Phone, alice: User) -> None:
    connected(alice)
    hers.writes("sair")
    assert (hers.writes("renovar"), hers.writes("minhas conexões")) == ([], [])
    assert Contact.objects.get(phone=alice.phone).opted_out_at
    assert OutgoingMessage.objects.filter(kind="cta_url").count() == 0
