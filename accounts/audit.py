"""The record of every act on something that is a person's."""

from django.db.models import Model

from accounts import origins
from accounts.models import AuditEvent, User

Act = AuditEvent.Act


def record(
    *, user: User | int | None, act: AuditEvent.Act, target: Model, result: str = "", **details: str
) -> None:
    """Add one event, in the caller's transaction; who acts and from where is the origin's.

    `user` is whose thing it is, or their primary key. `details` are codes and ids, never personal.
    """
    origin = origins.current.get()
    AuditEvent.objects.create(
        user_id=user.pk if isinstance(user, User) else user,
        act=act,
        target=f"{target._meta.label_lower}:{target.pk}",
        result=result,
        details=details,
        actor_kind=origin.kind,
        actor=origin.actor[:80],
        address=origin.address[:64],
        user_agent=origin.user_agent[:255],
        channel=origin.channel[:20],
        request_id=origin.request_id[:64],
    )
