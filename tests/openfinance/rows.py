"""Connections as rows, for what only reads them; the way to one is tested in `connections`."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from openfinance import catalogue
from openfinance.models import Bank, Connection, ConnectionLink, Consent, ConsentText, Flow
from whatsapp.models import OutgoingMessage

Status = Consent.Status


def bank(slug: str) -> Bank:
    if not Bank.objects.exists():
        catalogue.sync()
    return Bank.objects.get(slug=slug)


def consent(user: User, slug: str = "nubank", **changes: Any) -> Consent:
    """Write down an agreement with a bank, authorised unless `changes` say otherwise."""
    connection, _ = Connection.objects.get_or_create(user=user, bank=bank(slug))
    text, _ = ConsentText.objects.get_or_create(
        digest="a" * 64, defaults={"text": "Você concorda?"}
    )
    facts = {
        "status": Status.AUTHORISED,
        "authorised_at": timezone.now(),
        "purpose": "financial_view",
        "groups": ["balances"],
        "requested_permissions": ["RESOURCES_READ", "ACCOUNTS_READ", "ACCOUNTS_BALANCES_READ"],
        "granted_permissions": ["RESOURCES_READ", "ACCOUNTS_READ"],
        "channel": "whatsapp",
        "provider": "sandbox",
        "bank_consent_id": f"urn:bank:{Consent.objects.count()}",
        **changes,
    }
    return Consent.objects.create(connection=connection, text=text, **facts)


def message(user: User, status: str = "accepted", delivery: str = "") -> OutgoingMessage:
    return OutgoingMessage.objects.create(
        user=user, phone=user.phone, kind="text", payload={}, status=status, delivery=delivery
    )


def flow(
    user: User, *, at: datetime | None = None, status: str = "accepted", delivery: str = ""
) -> Flow:
    sent = message(user, status, delivery)
    created_at = at or timezone.now()
    return Flow.objects.create(
        user=user, channel="api", route="flow", message=sent, created_at=created_at
    )


def link(flow: Flow, slug: str = "nubank") -> ConnectionLink:
    """Let the user choose a bank in a flow."""
    return ConnectionLink.objects.create(
        user=flow.user,
        bank=bank(slug),
        flow=flow,
        via=ConnectionLink.Via.LIST,
        message=message(flow.user),
        digest=f"{ConnectionLink.objects.count():064}",
        expires_at=timezone.now(),
    )
