"""Which rows are a person's, in every table, as the models declare it."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import ForeignKey, Model, QuerySet

from accounts import processing
from accounts.models import User
from accounts.processing import Declaration, Owner
from openfinance.models import Conversation
from pierre.privacy import elsewhere
from whatsapp import owners, traces
from whatsapp.models import Contact, ContactFact, IncomingUpdate
from whatsapp.traces import Traces

Rows = QuerySet[Any]

_FOUND: Final[Mapping[type[Model], Callable[[User, Traces], Rows]]] = {
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
    """Return what the channel knows of a user.

    None of it when their number is by now that of somebody else who verified it.
    """
    others = [other for other in owners.of([user.phone.removeprefix("+")]) if other != user]
    if others:
        return Traces()
    return traces.of(phone=user.phone, at=user.phone_verified_at)


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
