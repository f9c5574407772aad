"""The second factor of staff: an authenticator's codes (RFC 6238), and codes kept on paper."""

import base64
import math
import secrets
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode

from django.db import transaction
from django.utils import timezone
from django_otp.oath import TOTP

from accounts import audit, encryption, sealed, staff_sessions
from accounts.models import StaffDevice, User

ISSUER = "Pierre"
BACKUP_CODES = 10
_KEY_BYTES = 20
_DIGITS = 6
# Fifty bits: the wait after each failed try leaves no time to guess them.
_BACKUP_LENGTH = 10
# A clock may be off by one step of thirty seconds, either way.
_TOLERANCE = 1


class SecondFactorError(Exception):
    """Base of what keeps a second factor from being proven or made."""

    def __str__(self) -> str:
        return self.__doc__ or ""


class CodeRefused(SecondFactorError):
    """The code is wrong, was used before, or is too old."""


class MustWait(SecondFactorError):
    """The last code was wrong, and the next may be tried only after a while."""

    def __init__(self, *, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__()


class AlreadyEnrolled(SecondFactorError):
    """This person has a second factor, and only a reset makes room for another."""


class Proof(StrEnum):
    """By what a second factor was proven."""

    CODE = "code"
    BACKUP_CODE = "backup_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What an authenticator is told: the key in base32, alone and as an otpauth:// address."""

    key: str
    address: str


def is_enrolled(user: User) -> bool:
    """Tell whether the person has a second factor."""
    return StaffDevice.objects.filter(user=user, confirmed=True).exists()


@transaction.atomic
def begin(*, user: User) -> Enrolment:
    """Make a key for the person's authenticator, which `confirm` makes their second factor.

    The key of an enrolment that was begun before is replaced: whoever saw it first and did not
    confirm it must not have it. Raises AlreadyEnrolled.
    """
    StaffDevice.objects.get_or_create(user=user, defaults={"confirmed": False})
    device = StaffDevice.objects.select_for_update().get(user=user)
    if device.confirmed:
        raise AlreadyEnrolled
    key = base64.b32encode(secrets.token_bytes(_KEY_BYTES)).decode()
    sealed.seal(device, "key", key)
    device.throttle_reset(commit=False)
    device.save()
    return _enrolment(user, key)


def resume(*, user: User) -> Enrolment:
    """Return the enrolment that `begin` began, to show it again after a wrong code.

    Raises AlreadyEnrolled, also for one that was never begun.
    """
    device = StaffDevice.objects.filter(user=user, confirmed=False).first()
    if device is None:
        raise AlreadyEnrolled
    return _enrolment(user, _key(device))


def confirm(*, user: User, code: str) -> list[str]:
    """Make what was begun the person's second factor, once a code of it proves that it works.

    Returns the codes to keep on paper, of which only digests are stored. Raises CodeRefused,
    MustWait and AlreadyEnrolled, also for an enrolment that was never begun.
    """
    with transaction.atomic():
        device = _locked(user, confirmed=False)
        if device is None:
            raise AlreadyEnrolled
        _require_turn(device)
        is_right = _takes(device, code)
        codes = [_backup_code() for _ in range(BACKUP_CODES)] if is_right else []
        if is_right:
            device.confirmed, device.confirmed_at = True, timezone.now()
            device.backup_codes = [_digest(user, backup) for backup in codes]
            audit.record(
                user=user, act=audit.Act.SECOND_FACTOR_CHANGED, target=device, result="enrolled"
            )
        device.save()
    if not is_right:
        raise CodeRefused
    return codes


def prove(*, user: User, code: str) -> Proof:
    """Take a code of the authenticator, or one from paper, which is then used up.

    Each wrong one doubles the wait until the next is heard. Raises CodeRefused and MustWait.
    """
    with transaction.atomic():
        device = _locked(user, confirmed=True)
        if device is None:
            raise CodeRefused
        _require_turn(device)
        proof = _proof(user, device, code)
        device.save()
    if proof is None:
        raise CodeRefused
    return proof


@transaction.atomic
def reset(*, user: User) -> bool:
    """Take the person's second factor away and end their sessions; False when there was none.

    They are led to make a new one when they sign in next.
    """
    device = _locked(user, confirmed=True)
    if device is None:
        return False
    staff_sessions.end_all(user=user, why="second_factor_reset")
    audit.record(user=user, act=audit.Act.SECOND_FACTOR_CHANGED, target=device, result="reset")
    device.delete()  # it is locked, and the event names it
    return True


def _locked(user: User, *, confirmed: bool) -> StaffDevice | None:
    devices = StaffDevice.objects.select_for_update()
    return devices.filter(user=user, confirmed=confirmed).first()


def _require_turn(device: StaffDevice) -> None:
    is_allowed, facts = device.verify_is_allowed()
    if not is_allowed:
        wait = (facts["locked_until"] - timezone.now()).total_seconds()
        raise MustWait(retry_after=max(1, math.ceil(wait)))


def _proof(user: User, device: StaffDevice, code: str) -> Proof | None:
    digest = _digest(user, code)
    if digest in device.backup_codes:
        device.backup_codes.remove(digest)
        device.throttle_reset(commit=False)
        audit.record(
            user=user, act=audit.Act.SECOND_FACTOR_CHANGED, target=device, result="backup_code_used"
        )
        return Proof.BACKUP_CODE
    return Proof.CODE if _takes(device, code) else None


def _takes(device: StaffDevice, code: str) -> bool:
    """Take an authenticator's code or count a failed try; the caller saves the device."""
    digits = "".join(code.split())
    if digits.isascii() and digits.isdigit() and len(digits) == _DIGITS:
        totp = TOTP(base64.b32decode(_key(device)), digits=_DIGITS)
        totp.time = timezone.now().timestamp()
        if totp.verify(int(digits), tolerance=_TOLERANCE, min_t=device.last_step + 1):
            device.last_step = totp.t()
            device.throttle_reset(commit=False)
            return True
    device.throttle_increment(commit=False)
    return False


def _key(device: StaffDevice) -> str:
    return sealed.reveal(device, "key", user=device.user_id, purpose="second_factor")


def _enrolment(user: User, key: str) -> Enrolment:
    label = quote(f"{ISSUER}:{user.get_username()}")
    facts = urlencode({"secret": key, "issuer": ISSUER, "algorithm": "SHA1", "digits": _DIGITS})
    return Enrolment(key=key, address=f"otpauth://totp/{label}?{facts}&period=30")


def _backup_code() -> str:
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    letters = "".join(secrets.choice(alphabet) for _ in range(_BACKUP_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def _digest(user: User, code: str) -> str:
    letters = "".join(letter for letter in code.lower() if letter.isalnum())
    return encryption.index(letters, purpose=f"backup-code:{user.pk}")
