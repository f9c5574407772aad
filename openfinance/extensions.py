"""A longer term for what is connected, after its person's yes on a page and without a trip.

The bank is asked with no transaction open. A process killed in between leaves the shorter term, and
the link used: whoever asks for another goes on from there.
"""

import hashlib
import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit, sealed
from accounts.models import AuditEvent
from openfinance import accesses, consents, grants, serving
from openfinance.models import ConnectionLink, Consent, ConsentEvent, ConsentText
from openfinance.providers import BankConsent, Extends, Person, ProviderError, Reason
from openfinance.trips import Visitor

logger = logging.getLogger(__name__)

Act = AuditEvent.Act


def is_possible(consent: Consent) -> bool:
    """Tell whether the consent has an end that its provider can put off."""
    if not _stands(consent) or consent.expires_at is None:
        return False
    try:
        provider = serving.named(consent.provider)
    except serving.NoProvider:
        return False
    return consent.expires_at > timezone.now() and isinstance(provider, Extends)


def extend(
    *, link: ConnectionLink, consent: Consent, months: int | None, text: str, visitor: Visitor
) -> Consent:
    """Give a consent the term that its person said yes to on the page of a link, which uses it up.

    `months` count from now, None is a term without an end, and `text` is what the page said. Raises
    consents.LinkUsed when a tap before this one is at work or done, and ProviderError,
    accesses.NoAccess and serving.NoProvider when nothing has changed and the link is still good.
    """
    until = consents.ends_at(months=months, now=timezone.now())
    if not _claim(link):
        raise consents.LinkUsed
    try:
        told = _ask(consent, until=until, visitor=visitor)
        return _store(link, consent, grants.earlier(until, told.expires_at), text=text, told=told)
    except Exception as error:
        _did_not_extend(link, consent, error)
        raise


def done(link: ConnectionLink) -> ConsentEvent | None:
    """Return the extension that used the link, with its consent and bank; None when none did."""
    mine = ConsentEvent.objects.filter(
        consent__connection__user_id=link.user_id, consent__connection__bank_id=link.bank_id
    )
    events = mine.select_related("consent__connection__bank")
    return events.filter(details__link=str(link.pk)).first()


def _claim(link: ConnectionLink) -> bool:
    # Before the call: a bank that is asked twice may take the second for a term that is not longer.
    free = ConnectionLink.objects.filter(pk=link.pk, used_at=None)
    return bool(free.update(used_at=timezone.now()))


def _ask(consent: Consent, *, until: datetime | None, visitor: Visitor) -> BankConsent:
    access_token = accesses.token(consent, purpose="extension")
    cpf = ""
    if consent.cpf is not None:
        user = consent.connection.user_id
        cpf = sealed.reveal(consent, "cpf", user=user, purpose="extension")
    bank = serving.reference(consent)
    with serving.calling(consent.provider) as provider:
        if not isinstance(provider, Extends):
            raise ProviderError(reason=Reason.NOT_EXTENDABLE, details="its provider cannot")
        return provider.extend(
            bank=bank,
            consent_id=consent.bank_consent_id,
            access_token=access_token,
            expires_at=until,
            person=Person(cpf=cpf, ip=visitor.address, user_agent=visitor.user_agent),
        )


@transaction.atomic
def _store(
    link: ConnectionLink,
    consent: Consent,
    until: datetime | None,
    *,
    text: str,
    told: BankConsent,
) -> Consent:
    consents.lock(consent)
    if not _stands(consent):
        raise ProviderError(reason=Reason.CONSENT_ENDED, details="it ended during the call")
    before, now = consent.expires_at, timezone.now()
    digest = hashlib.sha256(text.encode()).hexdigest()
    ConsentText.objects.get_or_create(digest=digest, defaults={"text": text})
    known = [*consent.interaction_ids, *told.interaction_ids]
    consents.write(consent, expires_at=until, checked_at=now, interaction_ids=known)
    ConsentEvent.objects.create(
        consent=consent,
        at=now,
        status=consent.status,
        details={
            "extended_from": before and before.isoformat(),
            "extended_until": until and until.isoformat(),
            "text": digest,
            "link": str(link.pk),
        },
    )
    audit.record(user=link.user_id, act=Act.CONSENT_EXTENDED, target=consent)
    return consent


@transaction.atomic
def _did_not_extend(link: ConnectionLink, consent: Consent, error: Exception) -> None:
    """Let the link be used after all, for another try or for the ordinary renewal."""
    ConnectionLink.objects.filter(pk=link.pk).update(used_at=None)
    if not isinstance(error, ProviderError):
        return
    logger.warning("consent %s is not extended: %s", consent.pk, error)
    if error.interaction_ids:
        consents.lock(consent)
        known = [*consent.interaction_ids, *error.interaction_ids]
        consents.write(consent, interaction_ids=known)
    audit.record(user=link.user_id, act=Act.CONSENT_EXTENDED, target=consent, result=error.reason)


def _stands(consent: Consent) -> bool:
    return consent.status == Consent.Status.AUTHORISED and not consent.revocation_requested_at
