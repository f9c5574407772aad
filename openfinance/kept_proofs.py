"""The end of the connections of somebody who is erased, and the proof that is left of them."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from openfinance.models import Attempt, Connection, Consent, ConsentEvent, KeptProof, ProviderEvent


def unsettled() -> QuerySet[Consent]:
    """Return the consents that a bank may still have something to do with.

    That is what has not ended, what the bank has yet to end, and what somebody may come back from
    the bank with.
    """
    attempts = Attempt.objects.filter(consent=OuterRef("pk"))
    away = attempts.waiting().filter(remembered__isnull=False)
    to_be_revoked = Consent.objects.to_be_revoked().values("pk")
    return Consent.objects.filter(
        ~Q(status=Consent.Status.ENDED)
        | Q(pk__in=to_be_revoked)
        | Exists(away)
        | Exists(attempts.being_finished())
    )


@transaction.atomic
def strip(connection: Connection) -> None:
    """Take from a connection's consents what its bank does not need to end them."""
    Consent.objects.filter(connection=connection).update(
        cpf=None, address=None, user_agent="", whatsapp_message_id="", link=None
    )


@transaction.atomic
def replace(connection: Connection) -> None:
    """Delete a connection and its consents, and keep a proof of each that a bank had heard of."""
    Connection.objects.select_for_update().get(pk=connection.pk)
    consents = Consent.objects.filter(connection=connection)
    for consent in consents.select_related("connection__bank").defer("cpf"):
        if consent.bank_consent_id or consent.authorised_at:
            KeptProof.objects.get_or_create(consent_id=consent.pk, defaults=_proof(consent))
    ProviderEvent.objects.filter(consent__in=consents).delete()
    consents.update(renews=None)
    delete(consents)
    connection.delete()


@transaction.atomic
def delete(consents: QuerySet[Consent]) -> None:
    """Delete consents that no other one renews, with all that belongs to them."""
    ConsentEvent.objects.filter(consent__in=consents).delete()
    consents.delete()


def _proof(consent: Consent) -> dict[str, object]:
    days = settings.RETENTION["proof"]
    names = (
        "purpose",
        "text_id",
        "groups",
        "cpf_index",
        "provider",
        "bank_consent_id",
        "agreed_at",
        "authorised_at",
        "expires_at",
        "ended_at",
        "reason",
        "revocation_requested_at",
        "revoked_at_bank_at",
    )
    return {name: getattr(consent, name) for name in names} | {
        "bank": consent.connection.bank.name,
        "until": (consent.ended_at or timezone.now()) + timedelta(days=days),
    }
