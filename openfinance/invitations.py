"""What the person receives in the 24-hour window; the words are in templates/whatsapp/."""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import Plan, User
from openfinance import catalogue
from openfinance.models import Bank
from whatsapp import tokens
from whatsapp.messages import CtaUrl, InteractiveList, OpenFlow, Row, Section
from whatsapp.models import NativeFlow

BANK_ROW = "bank:"
OTHER_BANK_ROW = "other-bank"


def bank_list(*, user: User) -> InteractiveList:
    """Build the Premium flow: the favourite banks to choose from, and the way to any other."""
    rows = [bank_row(bank) for bank in catalogue.favourites()]
    rows.append(
        Row(
            id=OTHER_BANK_ROW,
            title=_text("bank_list/other_title"),
            description=_text("bank_list/other_description"),
        )
    )
    return InteractiveList(
        header=_text("bank_list/header"),
        body=_text("bank_list/body", user=user),
        footer=_text("bank_list/footer"),
        button=_text("bank_list/button"),
        sections=(Section(rows=tuple(rows)),),
    )


def native_flow(native: NativeFlow, *, user: User) -> OpenFlow:
    """Build the Premium flow as a WhatsApp Flow; its token is filled in when it is sent."""
    return OpenFlow(
        header=_text("bank_list/header"),
        body=_text("bank_list/body", user=user),
        footer=_text("bank_list/footer"),
        cta=_text("bank_list/button"),
        flow_id=native.meta_id,
        flow_token=tokens.PLACEHOLDER,
    )


def connection_link(*, bank: Bank, expires_at: datetime) -> CtaUrl:
    """Build the way to the chosen bank's page; its token is filled in when it is sent."""
    return CtaUrl(
        header=_text("connection_link/header"),
        body=_text("connection_link/body", bank=bank, expires_at=expires_at),
        footer=_text("connection_link/footer"),
        display_text=_text("connection_link/button"),
        url=f"{settings.PUBLIC_URL}/conectar/{tokens.PLACEHOLDER}",
    )


def management_link(*, expires_at: datetime) -> CtaUrl:
    """Build the way to the page of one's connections; its token is filled in when it is sent."""
    return CtaUrl(
        header=_text("management_link/header"),
        body=_text("management_link/body", expires_at=expires_at),
        footer=_text("management_link/footer"),
        display_text=_text("management_link/button"),
        url=f"{settings.PUBLIC_URL}/conexoes/{tokens.PLACEHOLDER}",
    )


def upgrade_notice(*, user: User) -> CtaUrl:
    """Build the notice for plans without the connection: what the upgrade gives, and how to."""
    plan = Plan.objects.upgrade()
    return CtaUrl(
        body=_text(
            "upgrade_notice/body",
            user=user,
            plan=plan,
            benefits=plan.benefits.all() if plan else [],
            support=settings.SUPPORT_CONTACT,
        ),
        footer=_text("upgrade_notice/footer"),
        display_text=_text("upgrade_notice/button"),
        url=settings.UPGRADE_URL,
    )


def bank_row(bank: Bank) -> Row:
    """Build the row of a list that chooses a bank."""
    return Row(id=f"{BANK_ROW}{bank.slug}", title=bank.name)


def _text(name: str, **context: object) -> str:
    return render_to_string(f"{name}.txt", context, using="whatsapp").strip()
