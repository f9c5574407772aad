"""One-time codes by WhatsApp: whoever reads one has the number that it was sent to.

A code is made of its message's id and a key, as a link's token is, so it stands in no row and no
log; the message that a worker sends has it filled in at that moment. One is good at a time, for ten
minutes and five tries, and each try is counted before it is compared.
"""

import hmac
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit, phones
from accounts.models import PhoneVerification, User
from accounts.models.phones import MOST_TRIES, PhoneVerificationQuerySet
from whatsapp import (
    approved_templates,
    code_caps,
    exceptions,
    jobs,
    numbers,
    outbox,
    owners,
    tokens,
    turns,
)
from whatsapp.code_caps import Asker
from whatsapp.messages import Template, TextParameter, UrlSuffix
from whatsapp.models import OutgoingMessage

TEMPLATE = "codigo_verificacao"
# As its template says.
LASTS = timedelta(minutes=10)

Purpose = PhoneVerification.Purpose


def send_verification(*, user: User, phone: str, address: str) -> PhoneVerification:
    """Send a code to a number, as it was typed, for the user to prove that it is theirs.

    A worker sends it. Nothing is told of who else may have the number. `address` is where the wish
    comes from, as `addresses.of` gives it, "" when that is nowhere.

    Raises phones.InvalidPhone, TooManyCodes, NotConfigured, Unavailable or TemplateUnavailable.
    """
    asker = Asker(user=user, phone=phones.normalise(phone), address=address)
    _require_sending()
    with transaction.atomic():
        code_caps.take_turn(asker)
        now = timezone.now()
        wait = code_caps.wait_of_user(asker, now=now)
        _require_no(max(wait, code_caps.wait_of_all_others(asker, now=now)))
        _supersede(PhoneVerification.objects.filter(user=user, purpose=Purpose.VERIFY))
        return _issue(asker, Purpose.VERIFY)


def send_sign_in(*, phone: str, address: str) -> UUID:
    """Send a code to whoever verified the number, and return the attempt to confirm with it.

    For a number that nobody verified all is the same, but that the worker has nothing to send. So
    it is for a user who was sent too many codes for other numbers, of whom nothing must show.
    Raises what `send_verification` raises.
    """
    number = phones.normalise(phone)
    _require_sending()
    asker = Asker(user=owners.holder(number), phone=number, address=address)
    with transaction.atomic():
        code_caps.take_turn(asker)
        now = timezone.now()
        _require_no(code_caps.wait_of_all_others(asker, now=now))
        if code_caps.wait_of_user(asker, now=now):
            asker = Asker(user=None, phone=number, address=address)
        _supersede(
            PhoneVerification.objects.filter(
                phone__in=owners.forms(number), purpose=Purpose.SIGN_IN
            )
        )
        return _issue(asker, Purpose.SIGN_IN).pk


def confirm_verification(*, user: User, code: str) -> User:
    """Make the number that the code went to the user's; return them as they are now.

    Whoever had verified it before no longer has it. Raises WrongCode or CodeExpired. Call it
    outside any transaction, which would lose the count of a wrong try.
    """
    attempt = _try(PhoneVerification.objects.filter(user=user, purpose=Purpose.VERIFY), code)
    with transaction.atomic():
        # First, as whoever asks for the next code takes it before they end this one.
        turns.take([owners.turn(attempt.phone)])
        _use(attempt)
        return owners.prove(user=user, phone=attempt.phone)


def confirm_sign_in(*, attempt: UUID, code: str) -> User:
    """Return the user whose number the code went to, and still is.

    Raises WrongCode or CodeExpired, also for an attempt that never was. Call it outside any
    transaction.
    """
    found = _try(PhoneVerification.objects.filter(pk=attempt, purpose=Purpose.SIGN_IN), code)
    with transaction.atomic():
        _use(found)
    user = owners.holder(found.phone)
    if user is None or user.pk != found.user_id:
        raise exceptions.CodeExpired
    return user


def write(verification_id: UUID) -> None:
    """Queue the message that carries a code, unless it is over or goes to nobody; once."""
    attempts = PhoneVerification.objects.open().filter(pk=verification_id, user__isnull=False)
    attempt = attempts.select_related("user").first()
    if attempt is None or OutgoingMessage.objects.filter(pk=attempt.pk).exists():
        return
    message = Template(
        name=TEMPLATE,
        language=approved_templates.LANGUAGE,
        body=(TextParameter(text=tokens.CODE_PLACEHOLDER),),
        buttons=(UrlSuffix(index=0, text=tokens.CODE_PLACEHOLDER),),
    )
    with transaction.atomic():
        outbox.queue(to=attempt.phone, user=attempt.user, message=message, pk=attempt.pk)


def is_code(message: OutgoingMessage) -> bool:
    """Tell whether a message carries a code."""
    template = message.payload.get("template", {})
    return bool(template.get("name") == TEMPLATE)


def is_good(message: OutgoingMessage) -> bool:
    """Tell whether the code that a message carries may still be tried by whom it is meant for.

    One to sign in is for whoever has the number; it is not theirs to read once it has passed on.
    """
    attempts = PhoneVerification.objects.open().select_related("user")
    attempt = attempts.filter(pk=message.pk).first()
    if attempt is None or attempt.user is None:
        return False
    is_sign_in = attempt.purpose == Purpose.SIGN_IN
    return not is_sign_in or owners.reaches(attempt.user, address=attempt.phone)


def _require_sending() -> None:
    outbox.require_configured()
    if numbers.held():
        raise exceptions.Unavailable
    approved_templates.require(TEMPLATE)


def _require_no(wait: int) -> None:
    if wait:
        raise exceptions.TooManyCodes(retry_after=wait)


def _supersede(attempts: PhoneVerificationQuerySet) -> None:
    attempts.open().update(superseded_at=timezone.now())


def _issue(asker: Asker, purpose: PhoneVerification.Purpose) -> PhoneVerification:
    pk, now = uuid4(), timezone.now()
    attempt = PhoneVerification.objects.create(
        id=pk,
        user=asker.user,
        purpose=purpose,
        phone=asker.phone,
        address_digest=asker.address_digest,
        digest=_digest(tokens.derive_code(pk, key=settings.LINK_KEY), pk),
        sent_at=now,
        expires_at=now + LASTS,
    )
    audit.record(
        user=asker.user,
        act=audit.Act.PHONE_CODE_SENT if asker.user else audit.Act.PHONE_CODE_REFUSED,
        target=attempt,
        result="" if asker.user else "nobody",
        purpose=purpose,
    )
    jobs.enqueue(
        "whatsapp.tasks.write_code", queue=jobs.Queue.OUTBOX, verification_id=str(attempt.pk)
    )
    return attempt


def _try(attempts: PhoneVerificationQuerySet, code: str) -> PhoneVerification:
    """Count a try, then compare; return the attempt whose code it is."""
    with transaction.atomic(durable=True):
        attempt = attempts.open().first()
        if attempt is None or not _counted(attempt):
            raise exceptions.CodeExpired
        is_right = hmac.compare_digest(attempt.digest, _digest(code.strip(), attempt.pk))
        if not is_right:
            audit.record(
                user=attempt.user_id,
                act=audit.Act.PHONE_CODE_REFUSED,
                target=attempt,
                result="wrong",
                purpose=attempt.purpose,
            )
    if not is_right:
        raise exceptions.WrongCode(tries_left=MOST_TRIES - attempt.tries)
    return attempt


def _counted(attempt: PhoneVerification) -> bool:
    """Count a try of a code that may still be tried; False when meanwhile it may not."""
    still_open = PhoneVerification.objects.open().filter(pk=attempt.pk)
    if not still_open.update(tries=F("tries") + 1):
        return False
    attempt.refresh_from_db(fields=["tries"])
    return True


def _use(attempt: PhoneVerification) -> None:
    """Let the code be good no more, once; raise CodeExpired when another one was first."""
    unused = PhoneVerification.objects.filter(pk=attempt.pk, used_at=None, superseded_at=None)
    if not unused.update(used_at=timezone.now()):
        raise exceptions.CodeExpired


def _digest(code: str, pk: UUID) -> str:
    return tokens.code_digest(code, message_id=pk, key=settings.LINK_KEY)
