"""Which rows are a person's, in every table, as the models declare it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import ForeignKey, Model, Q, QuerySet

from accounts import processing
from accounts.models import AuditPlace, User
from accounts.origins import ActorKind
from accounts.processing import Declaration, Owner
from openfinance.models import Conversation
from pierre.privacy import elsewhere
from whatsapp import owners, phone_codes, traces
from whatsapp.models import Contact, ContactFact, IncomingUpdate
from whatsapp.traces import Traces

Rows = QuerySet[Any]

_FOUND: Final[Mapping[type[Model], Callable[[User, Traces], Rows]]] = {
    AuditPlace: lambda user, _: places_of(user),
    Contact: lambda _, known: Contact.objects.filter(pk__in=known.contacts),
    ContactFact: lambda _, known: ContactFact.objects.filter(pk__in=known.facts),
    Conversation: lambda _, known: Conversation.objects.filter(contact__in=known.contacts),
    IncomingUpdate: lambda _, known: IncomingUpdate.objects.filter(contact__in=known.contacts),
    LogEntry: lambda user, _: log_of(user),
}


@cache
def declared() -> Mapping[type[Model], Declaration]:
    """Return every model that says what it holds, in the order in which apps and models stand."""
    own = {
        model: declaration
        for model in apps.get_models()
        if not model._meta.proxy and (declaration := processing.of(model))
    }
    return own | dict(elsewhere.MODELS)


def known_as(user: User) -> Traces:
    """Return what the channel knows of a user, by each number that they proved to have.

    Nothing by one that somebody else has verified by now, whose it is too.
    """
    known = Traces()
    for phone, at in _numbers(user).items():
        if not any(other != user for other in owners.of([phone.removeprefix("+")])):
            known |= traces.of(phone=phone, at=at)
    return known


def _numbers(user: User) -> dict[str, datetime]:
    """Return the numbers (E.164) that were a user's, each with a moment at which it was.

    Nothing but codes is sent to a user where they did not prove to be reached.
    """
    numbers: dict[str, datetime] = {}
    for message in user.outgoing_messages.order_by("created_at").iterator():
        if message.phone.startswith("+") and not phone_codes.is_code(message):
            numbers.setdefault(message.phone, message.created_at)
    proofs = user.phone_verifications.filter(used_at__isnull=False).order_by("sent_at")
    for phone, at in proofs.values_list("phone", "sent_at"):
        numbers.setdefault(phone, at)
    if user.phone and user.phone_verified_at:
        numbers[user.phone] = user.phone_verified_at
    return numbers


def rows(model: type[Model], *, user: User, known: Traces) -> Rows | None:
    """Return a user's rows of a declared model; None where none can be told to be theirs."""
    owner = declared()[model].owner
    match owner:
        case Owner.IDENTITY:
            return _FOUND[model](user, known)
        case Owner.MANY | Owner.APART | Owner.NOBODY:
            return None
    found = model._default_manager.filter(**{owner: user.pk})
    # The way back to a user from what several rows point at finds it once for each of them.
    first = model._meta.get_field(owner.partition("__")[0])
    return found.distinct() if first.one_to_many else found


def places_of(user: User) -> QuerySet[AuditPlace]:
    """Return from where came what was done with a user's, but where others of the staff were."""
    by_staff = Q(event__actor_kind=ActorKind.STAFF) & ~Q(event__actor=str(user.pk))
    return AuditPlace.objects.filter(event__user=user).exclude(by_staff)


def log_of(user: User) -> QuerySet[LogEntry]:
    """Return what staff did with the row of a user."""
    kind = ContentType.objects.get_for_model(User)
    return LogEntry.objects.filter(content_type=kind, object_id=str(user.pk))


def erasable() -> Iterator[type[Model]]:
    """Yield the models whose rows go with their person, each before those that it points at."""
    left = [
        model
        for model, declaration in declared().items()
        if declaration.is_erased and declaration.is_found_by_path
    ]
    while left:
        for model in left:
            if not any(_points_at(other, model) for other in left if other is not model):
                yield model
                left.remove(model)
                break
        else:
            raise RuntimeError(f"these models point at each other: {left}")


def _points_at(model: type[Model], other: type[Model]) -> bool:
    fields = model._meta.concrete_fields
    return any(isinstance(field, ForeignKey) and field.related_model is other for field in fields)
