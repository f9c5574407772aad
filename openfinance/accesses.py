"""The tokens of an authorised consent: stored sealed, renewed just before use by one process."""

import logging
import time
from datetime import timedelta

from django.db import connection as database
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit, sealed
from accounts.models import AuditEvent
from openfinance import consents, notices, serving
from openfinance.models import Access, Consent, Notice
from openfinance.providers import ProviderError, Reason, Tokens

logger = logging.getLogger(__name__)

# A token that ends sooner may end on its way to the bank.
_MARGIN = timedelta(seconds=60)
# Longer than any call to a bank lasts: whoever renews for longer has died.
_LEASE = timedelta(seconds=60)
# A bank that just failed to renew is left alone for so long, however many wait for it.
_PAUSE = timedelta(seconds=5)
_LOOK_AGAIN = 0.1
# Whoever waits for another has seen its lease end by then.
_PATIENCE = timedelta(seconds=65)


class NoAccess(Exception):
    """The consent gives no access: it has ended, or never had tokens of ours"""

    code = "no_access"


def store(consent: Consent, given: Tokens) -> Access:
    """Keep the tokens of a consent that was just authorised; needs its lock."""
    access = Access.objects.filter(consent=consent).first() or Access(consent=consent)
    _seal(access, given)
    access.access_expires_at, access.renewed_at = given.expires_at, timezone.now()
    access.save()
    user = consent.connection.user_id
    audit.record(user=user, act=AuditEvent.Act.TOKENS_STORED, target=access)
    return access


def token(consent: Consent, *, purpose: str) -> str:
    """Return an access token for a call made now; `purpose` goes into the audit.

    Whoever needs it first renews it, however many ask; the others wait for that. Raises NoAccess,
    ProviderError when the bank does not renew it now, and InsideTransaction.
    """
    user = consent.connection.user_id
    until = time.monotonic() + _PATIENCE.total_seconds()
    while time.monotonic() < until:
        access = Access.objects.filter(consent=consent).first()
        if access is None:
            raise NoAccess
        if not _is_fresh(access) and _claim(access):
            access = _renew(consent, access)
        elif not _is_fresh(access):
            database.close()
            time.sleep(_LOOK_AGAIN)
            continue
        return sealed.reveal(access, "access_token", user=user, purpose=purpose)
    raise ProviderError(reason=Reason.NO_ANSWER, details="another process renews for too long")


def _is_fresh(access: Access) -> bool:
    # Some banks' tokens do not last for two margins.
    margin = min(_MARGIN, (access.access_expires_at - access.renewed_at) / 2)
    return access.access_expires_at - margin > timezone.now()


def _claim(access: Access) -> bool:
    now = timezone.now()
    free = Q(renewing_since=None) | Q(renewing_since__lte=now - _LEASE)
    # Whoever renewed it meanwhile changed the end, so a stale look claims nothing.
    stale = Access.objects.filter(free, pk=access.pk, access_expires_at=access.access_expires_at)
    return bool(stale.update(renewing_since=now))


def _renew(consent: Consent, access: Access) -> Access:
    user = consent.connection.user_id
    refresh = None
    if access.refresh_token is not None:
        refresh = sealed.reveal(access, "refresh_token", user=user, purpose="renewal")
    bank = serving.reference(consent)
    try:
        with serving.calling(consent.provider) as provider:
            given = provider.refresh(
                bank=bank, consent_id=consent.bank_consent_id, refresh_token=refresh
            )
    except ProviderError as error:
        _did_not_renew(consent, access, error)
        raise
    with transaction.atomic():
        consents.lock(consent)  # as who ends it does, before the tokens and the audit
        held = Access.objects.select_for_update().filter(pk=access.pk).first()
        if held is None:  # the consent ended meanwhile, and its tokens with it
            raise NoAccess
        _seal(held, given)
        held.access_expires_at, held.renewed_at = given.expires_at, timezone.now()
        held.renewing_since = None
        held.save()
        audit.record(user=user, act=AuditEvent.Act.TOKENS_RENEWED, target=held)
    return held


@transaction.atomic
def _did_not_renew(consent: Consent, access: Access, error: ProviderError) -> None:
    logger.warning("access %s is not renewed: %s", access.pk, error)
    consents.lock(consent)
    held = Access.objects.filter(pk=access.pk)
    held.update(renewing_since=timezone.now() - _LEASE + _PAUSE)
    audit.record(
        user=consent.connection.user_id,
        act=AuditEvent.Act.TOKENS_RENEWED,
        target=access,
        result=error.reason,
    )
    ended = False
    match error.reason:
        case Reason.CONSENT_ENDED | Reason.CONSENT_UNKNOWN:
            reason, by = consents.reason_of(consent, error.consent)
            ended = consents.end(consent, reason=reason, by=by)
        case Reason.ACCESS_LOST:
            technical = Consent.Reason.CONSENT_TECHNICAL_ISSUE
            ended = consents.end(consent, reason=technical, by=None, tell_bank=True)
    if ended:
        notices.tell(consent, Notice.Kind.ENDED)


def _seal(access: Access, given: Tokens) -> None:
    sealed.seal(access, "access_token", given.access_token)
    # Never overwritten with nothing: banks renew without giving a new one.
    if given.refresh_token is not None:
        sealed.seal(access, "refresh_token", given.refresh_token)
