"""The browser's end of a staff session: which row it belongs to, and how far it has come."""

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest

from accounts import addresses, origins, staff_sessions
from accounts.models import StaffSession, User
from accounts.origins import ActorKind

_SESSION = "staff_session"
_IS_PROVEN = "staff_second_factor"


def begin(request: HttpRequest, user: User) -> None:
    """Tie the browser's session to a new row; a second factor proven in it before counts no more.

    The browser's session ends by itself when the row may not live any longer.
    """
    leave(request, why="signed_in_again")
    session = staff_sessions.start(
        user=user,
        address=addresses.whole(request),
        user_agent=request.headers.get("User-Agent", ""),
    )
    request.session[_SESSION] = session.pk
    request.session.set_expiry(settings.STAFF_SESSION_HOURS * 3600)


def current(request: HttpRequest) -> int | None:
    """Return the primary key of the row that this browser's session belongs to."""
    pk: int | None = request.session.get(_SESSION)
    return pk


def require_live(request: HttpRequest) -> None:
    """Sign out whoever has no session that is live."""
    if not isinstance(request.user, User):
        return
    pk = current(request)
    if pk is None or not staff_sessions.is_live(pk, user=request.user):
        leave(request, why="expired")
        auth.logout(request)
        # What follows is nobody's until somebody signs in.
        origins.identify(kind=ActorKind.UNKNOWN, actor="")


def prove(request: HttpRequest) -> None:
    """Note that the second factor was proven, under a new key of the browser's session."""
    request.session.cycle_key()
    request.session[_IS_PROVEN] = True
    pk = current(request)
    if pk is not None:
        staff_sessions.verify(pk)


def is_proven(request: HttpRequest) -> bool:
    """Tell whether the second factor was proven, or none is asked for here."""
    return not settings.STAFF_SECOND_FACTOR or bool(request.session.get(_IS_PROVEN))


def leave(request: HttpRequest, *, why: str) -> None:
    """End the row that the browser's session belongs to, if any."""
    request.session.pop(_IS_PROVEN, None)
    session = StaffSession.objects.filter(pk=request.session.pop(_SESSION, None)).first()
    if session is not None:
        staff_sessions.end(session=session, why=why)
