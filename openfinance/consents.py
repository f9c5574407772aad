"""What a person agreed to: the evidence, and its one way through the specification's states.

Rows are locked in one order by all: the link, the subscription, the connection, the consent, then
what hangs on it.
"""

import calendar
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit, encryption, sealed
from accounts.models import AuditEvent
from openfinance import allowances, permissions
from openfinance.models import (
    Access,
    Attempt,
    Connection,
    ConnectionLink,
    Consent,
    ConsentEvent,
    ConsentText,
)
from openfinance.providers import BankConsent
from whatsapp import jobs

Status, Reason, RejectedBy = Consent.Status, Consent.Reason, Consent.RejectedBy
Shown = Consent.Shown

PURPOSE = "financial_view"

# From which states each may be reached: Consents API 3.3.1, and ours before the bank knows of it.
# A provider that makes the consent while the person is away goes from CREATED at once.
MOVES: dict[Consent.Status, tuple[Consent.Status, ...]] = {
    Status.CREATED: (),
    Status.AWAITING: (Status.CREATED,),
    Status.AUTHORISED: (Status.CREATED, Status.AWAITING),
    Status.ENDED: (Status.CREATED, Status.AWAITING, Status.AUTHORISED),
}
# The bank ends what nobody confirmed within an hour (Consents API 3.3.1); clocks differ a little.
AWAITS = timedelta(minutes=65)


class LinkUsed(Exception):
    """The link has done its work: the bank is connected"""

    code = "link_used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a person said yes to on one page, and from where.

    `term_months` is None for a term without an end, `cpf` 11 digits or "" where the provider asks
    for it itself, and `text` is the page's own words, all of them.
    """

    groups: Sequence[permissions.Group]
    term_months: int | None
    text: str = field(repr=False)
    cpf: str = field(default="", repr=False)
    channel: str = "whatsapp"
    whatsapp_message_id: str = ""
    address: str | None = None
    user_agent: str = ""


def agree(*, link: ConnectionLink, agreement: Agreement) -> Consent:
    """Write down what a person agreed to on the page of a link, once, and return the consent.

    The same agreement again, as after going back or a second tap, returns the consent there is; a
    different one ends that, which the bank is told, and makes another. Raises LinkUsed,
    permissions.BadCombination, and what `allowances.claim` raises.
    """
    with transaction.atomic():
        links = ConnectionLink.objects.select_related("bank")
        link = links.select_for_update(of=("self",), no_key=True).get(pk=link.pk)
        if link.used_at:
            raise LinkUsed
        allowances.claim(user=link.user_id, bank=link.bank_id)
        connection, _ = Connection.objects.get_or_create(user_id=link.user_id, bank_id=link.bank_id)
        standing = Consent.objects.open().filter(link=link, revocation_requested_at=None)
        for before in standing.select_related("connection__bank"):
            if _is_same(before, agreement):
                return before
            end(
                before,
                reason=Reason.CUSTOMER_MANUALLY_REJECTED,
                by=RejectedBy.USER,
                tell_bank=True,
            )
        consent = _create(link, connection, agreement)
        audit.record(user=link.user_id, act=AuditEvent.Act.CONSENT_AGREED, target=consent)
    return consent


def lock(consent: Consent) -> Consent:
    """Read a consent again, with its connection and bank, and let nobody else change it.

    It lasts until the transaction ends, which must be open.
    """
    rows = Consent.objects.select_related("connection__bank")
    consent.refresh_from_db(from_queryset=rows.select_for_update(of=("self",), no_key=True))
    return consent


def move(
    consent: Consent, status: Consent.Status, *, details: dict[str, Any] | None = None, **facts: Any
) -> bool:
    """Give a consent a state, with the facts that come with it, if its present one allows that.

    False when it does not; then the consent is read again, and has what another process wrote.
    """
    with transaction.atomic():
        may = Consent.objects.filter(pk=consent.pk, status__in=MOVES[status])
        if not may.update(status=status, **facts):
            consent.refresh_from_db()
            return False
        for name, value in {"status": status, **facts}.items():
            setattr(consent, name, value)
        ConsentEvent.objects.create(
            consent=consent, status=status, reason=consent.reason, details=details or {}
        )
        audit.record(
            user=consent.connection.user_id,
            act=AuditEvent.Act.CONSENT_MOVED,
            target=consent,
            result=":".join(filter(None, (status, consent.reason))),
        )
    return True


def write(consent: Consent, **facts: Any) -> None:
    """Write facts that are no move; needs the consent's lock."""
    Consent.objects.filter(pk=consent.pk).update(**facts)
    for name, value in facts.items():
        setattr(consent, name, value)


def end(
    consent: Consent,
    *,
    reason: Consent.Reason,
    by: Consent.RejectedBy | None,
    tell_bank: bool = False,
    details: dict[str, Any] | None = None,
) -> bool:
    """End a consent for good, with its tokens; False when it had ended before.

    What its person had revoked ends because of that, whoever comes first. With `tell_bank` a worker
    ends it at the bank too, once the transaction commits, until the bank has answered.
    """
    with transaction.atomic():
        lock(consent)
        if consent.revocation_requested_at:
            reason, by = Reason.CUSTOMER_MANUALLY_REVOKED, RejectedBy.USER
        moved = move(
            consent,
            Status.ENDED,
            details=details,
            reason=reason,
            rejected_by=by or "",
            ended_at=timezone.now(),
            check_due_at=None,
        )
        if moved:
            erase_tokens(consent)
            if tell_bank:
                request_revocation(consent)
    return moved


def erase_tokens(consent: Consent) -> None:
    """Erase all that opens the bank: the tokens, and what was kept for somebody's return.

    A return is still taken where only it will say which id the bank gave, so that what was granted
    meanwhile can be revoked.
    """
    gone, _ = Access.objects.filter(consent=consent).delete()
    if consent.bank_consent_id:
        kept = Attempt.objects.filter(consent=consent, remembered__isnull=False)
        gone += kept.update(remembered=None)
    if gone:
        audit.record(
            user=consent.connection.user_id, act=AuditEvent.Act.TOKENS_ERASED, target=consent
        )


def request_revocation(consent: Consent) -> None:
    """Let a worker end the consent at the bank, until the bank has answered; needs its lock.

    What has no id of the bank's yet waits for one. Asking again is for what the bank may have
    granted since.
    """
    asked_at = consent.revocation_requested_at or timezone.now()
    write(consent, revocation_requested_at=asked_at, revoked_at_bank_at=None)
    if consent.bank_consent_id:
        jobs.enqueue(
            "openfinance.tasks.revoke", queue=jobs.Queue.DOMAIN, consent_id=str(consent.pk)
        )


def reason_of(
    consent: Consent, told: BankConsent | None
) -> tuple[Consent.Reason, Consent.RejectedBy | None]:
    """Return why and by whom a consent ended, as the bank tells, or else what is likeliest."""
    rejection = told.rejection if told else None
    by = RejectedBy(rejection.by) if rejection and rejection.by else None
    if rejection and rejection.reason:
        return Reason(rejection.reason), by
    if consent.status != Status.AUTHORISED:
        return Reason.CUSTOMER_MANUALLY_REJECTED, by or RejectedBy.USER
    if consent.expires_at and consent.expires_at <= timezone.now():
        return Reason.CONSENT_MAX_DATE_REACHED, by or RejectedBy.ASPSP
    return Reason.CUSTOMER_MANUALLY_REVOKED, by or RejectedBy.USER


def shown(consent: Consent) -> Consent.Shown:
    """Return the state that people and staff see, which is fewer than there are."""
    match Status(consent.status):
        case Status.ENDED:
            return _ended_as(consent)
        case _ if consent.revocation_requested_at:
            return Shown.ENDING
        case Status.CREATED | Status.AWAITING:
            return Shown.AWAITING
    is_over = consent.expires_at is not None and consent.expires_at <= timezone.now()
    return Shown.EXPIRED if is_over else Shown.ACTIVE


def state_name(consent: Consent) -> str:
    """Return the name of the state that people and staff see."""
    return str(shown(consent).label)


def ends_at(*, months: int | None, now: datetime) -> datetime | None:
    """Return when a term that begins now is over, to the second; None for one without an end.

    The last day of a month stands for a day that it does not have.
    """
    if not months:
        return None
    year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day, microsecond=0)


def _ended_as(consent: Consent) -> Consent.Shown:
    if consent.authorised_at is None:
        return Shown.NOT_DONE
    match consent.reason:
        case Reason.CONSENT_MAX_DATE_REACHED:
            return Shown.EXPIRED
        case Reason.REPLACED:
            return Shown.RENEWED
    return Shown.ENDED


def _create(link: ConnectionLink, connection: Connection, agreement: Agreement) -> Consent:
    text, _ = ConsentText.objects.get_or_create(
        digest=hashlib.sha256(agreement.text.encode()).hexdigest(),
        defaults={"text": agreement.text},
    )
    now = timezone.now()
    authorised = Consent.objects.authorised().filter(revocation_requested_at=None)
    consent = Consent(
        connection=connection,
        link=link,
        renews=authorised.filter(connection=connection).first(),
        purpose=PURPOSE,
        text=text,
        groups=[str(group) for group in agreement.groups],
        requested_permissions=list(permissions.expand(agreement.groups)),
        term_months=agreement.term_months,
        expires_at=ends_at(months=agreement.term_months, now=now),
        agreed_at=now,
        channel=agreement.channel,
        whatsapp_message_id=agreement.whatsapp_message_id,
        address=agreement.address,
        user_agent=agreement.user_agent[:255],
        cpf_index=_index(agreement.cpf),
        provider=link.bank.provider,
        provider_reference=link.bank.provider_reference,
        check_due_at=now + AWAITS,
    )
    if agreement.cpf:
        sealed.seal(consent, "cpf", agreement.cpf)
    consent.save(force_insert=True)
    ConsentEvent.objects.create(consent=consent, status=Status.CREATED)
    return consent


def _is_same(consent: Consent, agreement: Agreement) -> bool:
    return (
        set(consent.groups) == {str(group) for group in agreement.groups}
        and consent.term_months == agreement.term_months
        and consent.cpf_index == _index(agreement.cpf)
        and consent.provider == consent.connection.bank.provider
    )


def _index(cpf: str) -> str:
    return encryption.index(cpf, purpose="cpf") if cpf else ""
