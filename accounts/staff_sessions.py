"""The sign-ins of staff: each is a row, and ends in every process when the row says so."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import StaffSession, User

# So rarely the row is written while somebody works.
_TOUCHED_EVERY = timedelta(minutes=1)


def start(*, user: User, address: str, user_agent: str) -> StaffSession:
    """Begin a session with a password that was right; `verify` says that the rest was too."""
    longest = StaffSession._meta.get_field("user_agent").max_length
    return StaffSession.objects.create(user=user, address=address, user_agent=user_agent[:longest])


def is_live(pk: int, *, user: User) -> bool:
    """Tell whether this session of the user still opens the admin, and note that it was seen."""
    session = StaffSession.objects.live().filter(pk=pk, user=user).first()
    if session is None:
        return False
    now = timezone.now()
    if session.last_seen_at < now - _TOUCHED_EVERY:
        StaffSession.objects.filter(pk=pk).update(last_seen_at=now)
    return True


def verify(pk: int) -> None:
    """Note that the second factor was proven in it."""
    StaffSession.objects.filter(pk=pk).update(verified_at=timezone.now())


@transaction.atomic
def end(*, session: StaffSession, why: str) -> bool:
    """End a session at once, in every process; False when it had ended. `why` goes to the audit."""
    rows = StaffSession.objects.filter(pk=session.pk, ended_at=None)
    if not rows.update(ended_at=timezone.now()):
        return False
    audit.record(user=session.user_id, act=audit.Act.SIGNED_OUT, target=session, result=why)
    return True


def end_all(*, user: User, why: str, but: int | None = None) -> int:
    """End the live sessions of a user, `but` the one with this primary key; return how many."""
    with transaction.atomic():
        # All are locked before the first event: the audit wants that.
        live = StaffSession.objects.live().filter(user=user).order_by("pk").select_for_update()
        return sum(end(session=session, why=why) for session in live if session.pk != but)
