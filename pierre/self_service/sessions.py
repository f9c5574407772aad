"""Who is signed in to their own pages: a part of Django's session that says nothing to the admin.

A session ends by itself half an hour after its last page and twelve hours after its beginning, and
at once when the person is deactivated, signs out everywhere, or is reached by other means than when
it began. Each page looks in the database, so that holds in every process.
"""

import time
from datetime import timedelta
from enum import StrEnum
from typing import TypedDict

from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import audit, origins
from accounts.models import User

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
FRESH = timedelta(minutes=10)

# By the first an erasure finds the sessions of its person.
_USER, _KEY = "account_user", "account"
# Longer than this the session's last page is not written again.
_TOUCH_SECONDS = 60


class Way(StrEnum):
    """How a person showed who they are."""

    CODE = "code"
    LINK = "link"


class _Held(TypedDict):
    """What the session keeps; times are seconds since 1970."""

    mark: str
    began: int
    seen: int


def begin(request: HttpRequest, user: User, *, way: Way) -> bool:
    """Sign a person in, under a new session key; False for one who is inactive."""
    if not user.is_active:
        return False
    request.session.cycle_key()
    request.session.set_expiry(int(LONGEST.total_seconds()))
    now = int(time.time())
    request.session[_USER] = user.pk
    request.session[_KEY] = _Held(mark=mark(user), began=now, seen=now)
    origins.identify(kind=origins.ActorKind.USER, actor=str(user.pk))
    audit.record(user=user, act=audit.Act.SIGNED_IN, target=user, result=way.value)
    return True


def current(request: HttpRequest) -> User | None:
    """Return who is signed in; None when nobody is, or no longer."""
    held: _Held | None = request.session.get(_KEY)
    if held is None:
        return None
    user, now = None, int(time.time())
    if now - held["seen"] < IDLE.total_seconds() and now - held["began"] < LONGEST.total_seconds():
        user = User.objects.filter(pk=request.session[_USER], is_active=True).first()
    if user is None or not constant_time_compare(held["mark"], mark(user)):
        _forget(request)
        return None
    if now - held["seen"] >= _TOUCH_SECONDS:
        request.session[_KEY] = {**held, "seen": now}
    return user


def is_fresh(request: HttpRequest) -> bool:
    """Tell whether who is signed in showed who they are in the last ten minutes."""
    held: _Held | None = request.session.get(_KEY)
    return held is not None and time.time() - held["began"] < FRESH.total_seconds()


def keep(request: HttpRequest, user: User) -> None:
    """Let this session, and no other, outlive a change of how its person is reached."""
    held: _Held = request.session[_KEY]
    request.session[_KEY] = {**held, "mark": mark(user)}


def end(request: HttpRequest, user: User) -> None:
    """Sign a person out in this browser; what staff do in it goes on."""
    audit.record(user=user, act=audit.Act.SIGNED_OUT, target=user)
    leave(request)


def end_everywhere(request: HttpRequest, user: User) -> None:
    """Sign a person out in every browser, and end the links that would let them in."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(signed_out_at=timezone.now())
        audit.record(user=user, act=audit.Act.SIGNED_OUT, target=user, result="everywhere")
    leave(request)


def leave(request: HttpRequest) -> None:
    """Take the person out of the browser's session, under a new key."""
    if SESSION_KEY in request.session:
        _forget(request)
        request.session.cycle_key()
    else:
        request.session.flush()


def mark(user: User) -> str:
    """Return what changes with how the person is reached or known: 64 hexadecimal digits."""
    parts = (user.pk, user.email, user.password, user.phone)
    times = (user.phone_verified_at, user.signed_out_at)
    told = "\n".join([*map(str, parts), *(str(at and at.timestamp()) for at in times)])
    return salted_hmac("pierre.self_service.sessions", told, algorithm="sha256").hexdigest()


def _forget(request: HttpRequest) -> None:
    for name in (_USER, _KEY):
        request.session.pop(name, None)
