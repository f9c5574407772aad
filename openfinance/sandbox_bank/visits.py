"""A customer at the bank: who they are, by two factors, and what they decide."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import sealed
from openfinance.sandbox_bank import consents, documents, tokens
from openfinance.sandbox_bank.models import Consent, Stranger, Visit

# The only one there is, and the page says it.
PASSWORD: Final = "123456"  # noqa: S105
_TRIES = 3
_LASTS = timedelta(minutes=15)
_GRANT_LASTS = timedelta(seconds=60)

Stage = Visit.Stage

# What the receiver is told of each end but the good one (RFC 6749 §4.1.2.1, OpenID Connect Core
# §3.1.2.6): after a login that failed, another try may end otherwise.
_ERRORS: Final = {
    Stage.REFUSED: "access_denied",
    Stage.LEFT: "access_denied",
    Stage.STRANGER: "access_denied",
    Stage.ANOTHER: "access_denied",
    Stage.LATE: "login_required",
    Stage.BLOCKED: "login_required",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An authorisation request: where to go afterwards, and what binds the answer to it."""

    redirect_uri: str
    state: str = field(repr=False)
    challenge: str = field(repr=False)
    issuer: str

    def back(self, **answer: str) -> str:
        """Return the address that takes the person back, with this answer (RFC 9207's `iss`)."""
        parts = urlsplit(self.redirect_uri)
        query = urlencode({**answer, "state": self.state, "iss": self.issuer})
        return urlunsplit(parts._replace(query=query))


class InvalidGrant(Exception):
    """The authorisation code is unknown, too old, used, or not of whoever brings it"""


def begin(*, brand: str, consent: Consent | None = None, asked: Asked | None = None) -> str:
    """Open a visit, to decide about a consent or to see all of one's own; return its key."""
    key = secrets.token_urlsafe(32)
    visit = Visit(brand=brand, consent=consent, key_digest=tokens.digest(key))
    if asked:
        sealed.seal(visit, "asked", json.dumps(asdict(asked)))
    visit.save(force_insert=True)
    return key


def find(*, brand: str, key: str) -> Visit | None:
    """Return a visit, which has ended when it lasts for too long; None for an unknown key."""
    found = Visit.objects.select_related("consent").filter(
        brand=brand, key_digest=tokens.digest(key)
    )
    visit = found.first()
    if visit and not is_over(visit) and visit.created_at + _LASTS <= timezone.now():
        _go(visit, Stage.LATE)
    return visit


def is_over(visit: Visit) -> bool:
    """Say whether nothing is left to do but to go back."""
    return visit.stage not in {Stage.LOGIN, Stage.CODE, Stage.DECIDE}


def log_in(visit: Visit, *, cpf: str, password: str) -> bool:
    """Take the first factor; False when it is wrong and may be tried again.

    A CPF that is not the one the consent was asked for, or that is no customer's, ends the visit,
    and the consent too (FAPI-BR 2.1).
    """
    cpf = documents.digits(cpf)
    if not documents.is_cpf(cpf) or not hmac.compare_digest(password.encode(), PASSWORD.encode()):
        return _failed(visit)
    customer = documents.customer(cpf)
    if Stranger.objects.filter(brand=visit.brand, customer=customer).exists():
        _turn_away(visit, Stage.STRANGER, "CPF sem relacionamento com a instituição")
    elif visit.consent and visit.consent.customer != customer:
        _turn_away(visit, Stage.ANOTHER, "CPF autenticado diferente do informado no consentimento")
    else:
        code = f"{secrets.randbelow(10**6):06}"
        _go(visit, Stage.CODE, customer=customer, second_factor=code, tries=0)
    return True


def confirm(visit: Visit, *, code: str) -> bool:
    """Take the second factor; False when it is wrong and may be tried again."""
    if not hmac.compare_digest(code.strip().encode(), visit.second_factor.encode()):
        return _failed(visit)
    if visit.consent and consents.settled(visit.consent).status != Consent.Status.AWAITING:
        _go(visit, Stage.LATE)
    else:
        _go(visit, Stage.DECIDE, second_factor="", tries=0)
    return True


@transaction.atomic
def approve(visit: Visit, consent: Consent) -> str | None:
    """Authorise the consent and return the address that takes its code to the receiver.

    None when it is too late for that, and the visit has ended.
    """
    if not consents.authorise(consent):
        _go(visit, Stage.LATE)
        return None
    code = secrets.token_urlsafe(32)
    _go(
        visit,
        Stage.APPROVED,
        grant_digest=tokens.digest(code),
        grant_expires_at=timezone.now() + _GRANT_LASTS,
    )
    return asked(visit).back(code=code)


@transaction.atomic
def refuse(visit: Visit, consent: Consent) -> str:
    """End the consent at the customer's wish, and return the address that tells the receiver."""
    _go(visit, Stage.REFUSED)
    consents.end_for_customer(consent)
    return way_back(visit)


def leave(visit: Visit) -> str:
    """End the visit without a decision: the consent awaits another one until its hour is over."""
    if not is_over(visit):
        _go(visit, Stage.LEFT)
    return way_back(visit)


def way_back(visit: Visit) -> str:
    """Return the address that tells the receiver how a visit without a yes ended."""
    return asked(visit).back(error=_ERRORS.get(Stage(visit.stage), "invalid_request"))


def asked(visit: Visit) -> Asked:
    """Return the receiver's request; a visit without one has nowhere to go back to."""
    text = sealed.reveal(visit, "asked", user=None, purpose="sandbox_bank")
    return Asked(**json.loads(text))


def redeem(*, brand: str, code: str, redirect_uri: str, verifier: str) -> Consent:
    """Exchange an authorisation code, once. Raises InvalidGrant.

    What goes wrong here ends the consent: nobody else can get its tokens any more.
    """
    visit = (
        Visit.objects.select_related("consent")
        .filter(brand=brand, grant_digest=tokens.digest(code))
        .first()
    )
    if visit is None or visit.consent is None:
        raise InvalidGrant
    now = timezone.now()
    is_first = Visit.objects.filter(pk=visit.pk, grant_used_at=None).update(grant_used_at=now)
    request = asked(visit)
    if (
        is_first
        and visit.grant_expires_at
        and visit.grant_expires_at > now
        and hmac.compare_digest(_challenge(verifier), request.challenge)
        and redirect_uri == request.redirect_uri
        and consents.settled(visit.consent).status == Consent.Status.AUTHORISED
    ):
        return visit.consent
    consents.reject(visit.consent, by=Consent.RejectedBy.ASPSP, code=Consent.Code.TECHNICAL)
    raise InvalidGrant


def _failed(visit: Visit) -> bool:
    """Count a wrong try; True when it was the last one, and the visit has ended."""
    Visit.objects.filter(pk=visit.pk, stage=visit.stage).update(tries=F("tries") + 1)
    visit.refresh_from_db()
    if visit.tries < _TRIES:
        return False
    _go(visit, Stage.BLOCKED)
    return True


def _turn_away(visit: Visit, stage: Visit.Stage, note: str) -> None:
    _go(visit, stage)
    if visit.consent:
        consents.reject(
            consents.settled(visit.consent),
            by=Consent.RejectedBy.ASPSP,
            code=Consent.Code.SECURITY,
            note=note,
        )


def _go(visit: Visit, stage: Visit.Stage, **facts: object) -> None:
    """Go to another stage, unless another request of the same visit has."""
    facts["stage"] = stage
    Visit.objects.filter(pk=visit.pk, stage=visit.stage).update(**facts)
    visit.refresh_from_db()


def _challenge(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
