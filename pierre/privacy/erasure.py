"""The erasure of a person: nothing works from the request on, and a worker does the rest.

Each step is a transaction of its own, or several, and finds by itself what is left to do, so a
worker may be killed anywhere. What identifies the person goes last: by it the rest is found.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone

from accounts import api_keys, audit
from accounts.models import AuditEvent, PhoneVerification, User
from openfinance import kept_proofs, life
from openfinance.models import Connection, ConnectionLink, Consent, FlowToken, ManagementLink
from pierre.privacy import belongings, exceptions
from whatsapp import inbox, jobs, outbox, traces
from whatsapp.models import Contact, OutgoingMessage
from whatsapp.traces import Traces

logger = logging.getLogger(__name__)

_AT_ONCE = 500
# A bank is told within seconds, and what somebody is sending takes less than half a minute.
_FIRST_TRY = timedelta(seconds=5)
_WITHDRAWN = "the person had their data erased"
# Under which keys a session says whose it is.
_SESSION_KEYS = ("_auth_user_id", "account_user")


def request(*, user: User) -> None:
    """End all access of a person and to them, at once, and let a worker erase their data.

    Tokens are gone with this transaction; the banks are told by workers. Asking again changes
    nothing. Raises StaffAccount.
    """
    with transaction.atomic():
        held = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if held.is_staff or held.is_superuser:
            raise exceptions.StaffAccount
        if held.erasure_requested_at is None:
            _hold(held)
            now = timezone.now()
            User.objects.filter(pk=held.pk).update(erasure_requested_at=now, is_active=False)
            audit.record(user=held, act=AuditEvent.Act.ERASURE_REQUESTED, target=held)
            _end_access(held)
        enqueue(held)
    user.refresh_from_db()


def erase(*, user: User) -> None:
    """Remove what is left of a person who asked for it, as far as can be done now.

    A bank that has not ended what it gave keeps back its own connection alone, until it does or for
    ERASURE_BANK_DAYS; `erase_due` comes back to it. Raises NotRequested.
    """
    user = User.objects.get(pk=user.pk)
    asked_at = user.erasure_requested_at
    if asked_at is None:
        raise exceptions.NotRequested
    if user.erased_at is not None:
        return
    _end_access(user)
    _forget_connections(user, asked_at=asked_at)
    known = belongings.known_as(user)
    if _is_sending(user, known):
        return
    _forget_told(user, known)
    _forget_sent_to(known)
    _forget_log(Contact, [*known.contacts])
    traces.forget_contacts(known)
    _forget_rows(user)
    _forget_sessions(user)
    _replace(user)
    _finish(user)


def erase_due() -> int:
    """Let workers go on with the erasures that are not complete; return how many there are."""
    due = User.objects.filter(erasure_requested_at__isnull=False, erased_at=None)
    users = list(due.order_by("erasure_requested_at")[:_AT_ONCE])
    for user in users:
        enqueue(user)
    return len(users)


def enqueue(user: User) -> None:
    """Let a worker erase a user, once the caller's transaction commits; one worker at a time."""
    jobs.enqueue(
        "pierre.tasks.erase",
        queue=jobs.Queue.DOMAIN,
        lock=f"erase:{user.pk}",
        after=_FIRST_TRY,
        user_id=user.pk,
    )


def _hold(user: User) -> None:
    """Lock what `_end_access` changes: the audit wants all locks taken before its first event.

    In the order of all others: a Flow, the link it led to, the connection, the consent.
    """
    for rows in (
        FlowToken.objects.filter(message__in=user.outgoing_messages.all()),
        ConnectionLink.objects.filter(user=user, used_at=None),
        ManagementLink.objects.filter(user=user, used_at=None),
        Connection.objects.filter(user=user),
        Consent.objects.filter(connection__user=user),
        user.api_keys.filter(revoked_at=None),
        user.outgoing_messages.filter(status=OutgoingMessage.Status.QUEUED),
    ):
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))


@transaction.atomic
def _end_access(user: User) -> None:
    _hold(user)
    now = timezone.now()
    for links in (ConnectionLink.objects, ManagementLink.objects):
        links.filter(user=user, used_at=None).update(used_at=now, expires_at=now)
    FlowToken.objects.filter(message__user=user, expires_at__gt=now).update(expires_at=now)
    for message in user.outgoing_messages.filter(status=OutgoingMessage.Status.QUEUED):
        outbox.withdraw(message, reason=_WITHDRAWN)
    for key in user.api_keys.filter(revoked_at=None):
        api_keys.revoke(key=key)
    for connection in Connection.objects.filter(user=user):
        life.revoke(connection=connection)


def _forget_connections(user: User, *, asked_at: datetime) -> None:
    """Replace by their proofs the connections that no bank has anything to do with any more."""
    is_late = timezone.now() >= asked_at + timedelta(days=settings.ERASURE_BANK_DAYS)
    for connection in Connection.objects.filter(user=user):
        waiting = kept_proofs.unsettled().filter(connection=connection)
        if not waiting.exists():
            kept_proofs.replace(connection)
        elif is_late:
            logger.error("connection %s is erased, and its bank did not confirm", connection.pk)
            kept_proofs.replace(connection)
        else:
            kept_proofs.strip(connection)


def _is_sending(user: User, known: Traces) -> bool:
    """Tell whether a process is handing them a message for WhatsApp, or died while it did."""
    sending = OutgoingMessage.objects.filter(status=OutgoingMessage.Status.SENDING)
    return sending.filter(Q(user=user) | Q(phone__in=known.addresses)).exists()


def _forget_told(user: User, known: Traces) -> None:
    """Delete what Meta told of the person, once all that came has been taken apart."""
    ids: set[str] = set()
    for pk, whatsapp_id in user.outgoing_messages.values_list("pk", "whatsapp_id").iterator():
        ids |= {str(pk), whatsapp_id}
    if not (ids or known.addresses):  # it was done before: it reads all that was ever told
        return
    while inbox.split():
        pass
    traces.forget_updates(known, message_ids=frozenset(ids - {""}))


def _forget_rows(user: User) -> None:
    """Delete their rows of each table, but what a connection still needs."""
    for model in belongings.erasable():
        found = belongings.rows(model, user=user, known=Traces())
        if found is None or _is_kept_by_a_bank(model):
            continue
        while keys := list(found.values_list("pk", flat=True)[:_AT_ONCE]):
            with transaction.atomic():
                _forget_log(model, keys)
                model._default_manager.filter(pk__in=keys).delete()


def _is_kept_by_a_bank(model: type[Model]) -> bool:
    """Tell whether the rows go with their connection."""
    owner = belongings.declared()[model].owner
    return model is Connection or "connection__" in owner


def _forget_log(model: type[Model], keys: Sequence[object]) -> None:
    kind = ContentType.objects.get_for_model(model)
    said = LogEntry.objects.filter(content_type=kind, object_id__in=[str(key) for key in keys])
    said.update(object_repr="", change_message="")


def _forget_sent_to(known: Traces) -> None:
    """Delete what went to the person's numbers and is no row of theirs.

    That is what they got as a stranger, and the codes that somebody else asked for.
    """
    OutgoingMessage.objects.filter(user=None, phone__in=known.addresses).delete()
    codes = PhoneVerification.objects.filter(phone__in=known.addresses)
    keys = list(codes.values_list("pk", flat=True))
    with transaction.atomic():
        OutgoingMessage.objects.filter(pk__in=keys).delete()
        PhoneVerification.objects.filter(pk__in=keys).delete()


def _forget_sessions(user: User) -> None:
    """Delete the sessions of a user: they are found by opening each one that has not expired."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        told = session.get_decoded()
        if any(str(told.get(key)) == str(user.pk) for key in _SESSION_KEYS):
            session.delete()


@transaction.atomic
def _replace(user: User) -> None:
    """Put nobody in the place of the user, to whom the audit log may go on pointing."""
    user.email = f"erased-{uuid.uuid4().hex}@erased.invalid"
    user.name = user.phone = ""
    user.phone_verified_at = user.last_login = None
    user.set_unusable_password()
    changed = ("email", "name", "phone", "phone_verified_at", "last_login", "password")
    user.save(update_fields=changed)
    user.groups.clear()
    user.user_permissions.clear()
    belongings.log_of(user).update(object_repr="", change_message="")


@transaction.atomic
def _finish(user: User) -> None:
    if Connection.objects.filter(user=user).exists():
        return
    left = User.objects.filter(pk=user.pk, erased_at=None)
    if left.update(erased_at=timezone.now()):
        audit.record(user=user, act=AuditEvent.Act.DATA_ERASED, target=user)
