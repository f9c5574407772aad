"""Tell people that what they connected is not in their plan any more.

A downgrade cuts no connection: each goes on to the end of its term, and cannot be renewed. Whoever
has such connections is told that, however it came about: another plan, an edit of theirs, or the
end of the subscription.
"""

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import ConnectionRoute, Subscription, User
from openfinance import message_templates, reach, refusals, telling
from openfinance.exceptions import FlowError
from openfinance.forms import Form
from openfinance.models import Connection, PlanNotice
from openfinance.reach import Way
from whatsapp import outbox
from whatsapp.exceptions import WhatsAppError
from whatsapp.messages import Message, Template, Text, TextParameter
from whatsapp.models import OutgoingMessage

Kind = PlanNotice.Kind

_BATCH = 1000


def look() -> int:
    """Tell all those who have not been told how it is with them; return how many there were."""
    standing = PlanNotice.objects.filter(over_at=None).annotate(now=_kind("user"))
    standing.exclude(now=F("kind")).update(over_at=timezone.now())
    count = 0
    while batch := list(_untold()[:_BATCH]):
        for user, kind in batch:
            count += _tell(user, Kind(kind))
    return count


def fall_back(refused: OutgoingMessage) -> bool:
    """Queue what may go out in the place of a refused notice; False when the message is none.

    Nothing goes out for what is not so any more. Needs the transaction in which the refusal is
    recorded.
    """
    notice = PlanNotice.objects.select_related("user").filter(message=refused).first()
    if notice is None:
        return False
    instead = refusals.learn(refused)
    if instead and _still_holds(notice):
        _send(notice, to=instead.to, form=instead.form, replaces=refused)
    return True


def _untold() -> QuerySet[User, tuple[int, str]]:
    told = PlanNotice.objects.filter(user=OuterRef("pk"), kind=OuterRef("kind"), over_at=None)
    people = User.objects.filter(is_active=True, pk__in=Connection.objects.active().values("user"))
    uncovered = people.annotate(kind=_kind("pk")).exclude(kind="").exclude(Exists(told))
    return uncovered.order_by("pk").values_list("pk", "kind")


def _kind(user: str) -> Case:
    """Return what is missing for the connections of the user with that column; "" for nothing."""
    connected = Connection.objects.active().order_by()
    plans = Subscription.objects.active().filter(user=OuterRef(user))
    how_many = connected.filter(user=OuterRef("user")).values("user").annotate(count=Count("pk"))
    return Case(
        When(~Exists(connected.filter(user=OuterRef(user))), then=Value("")),
        When(~Exists(plans), then=Value(Kind.NO_SUBSCRIPTION)),
        When(
            Exists(plans.exclude(plan__connection_route=ConnectionRoute.FLOW)),
            then=Value(Kind.NOT_IN_PLAN),
        ),
        When(
            Exists(plans.filter(plan__max_connections__lt=Subquery(how_many.values("count")))),
            then=Value(Kind.OVER_LIMIT),
        ),
        default=Value(""),
    )


def _still_holds(notice: PlanNotice) -> bool:
    standing = PlanNotice.objects.filter(pk=notice.pk, over_at=None).annotate(now=_kind("user"))
    return standing.filter(now=F("kind")).exists()


@transaction.atomic
def _tell(user: int, kind: PlanNotice.Kind) -> bool:
    if dict(_untold().filter(pk=user)).get(user) != kind:  # it changed since the batch was read
        return False
    notice, is_new = PlanNotice.objects.select_related("user").get_or_create(
        user_id=user, kind=kind, over_at=None
    )
    if is_new:
        _send(notice)
    return is_new


def _send(
    notice: PlanNotice,
    *,
    to: str | None = None,
    form: Form | None = None,
    replaces: OutgoingMessage | None = None,
) -> None:
    """Queue the notice, or write down what keeps it from being sent."""
    user = notice.user
    try:
        way = reach.whatever_their_plan(user=user)
        message = _compose(user, Kind(notice.kind), way, form)
    except (FlowError, WhatsAppError) as error:
        notice.obstacle = error.code
    else:
        notice.message = outbox.queue(
            to=to or way.to, message=message, user=user, replaces=replaces
        )
    notice.save(update_fields=["message", "obstacle"])


def _compose(user: User, kind: PlanNotice.Kind, way: Way, form: Form | None) -> Message:
    if telling.is_in_words(way, form=form):
        return Text(body=_text("body", user, kind))
    row = telling.approved(message_templates.SUBSCRIPTION, way)
    change = TextParameter(name="mudanca", text=_text("change", user, kind))
    return Template(name=row.name, language=row.language, body=(change,))


def _text(name: str, user: User, kind: PlanNotice.Kind) -> str:
    subscription = Subscription.objects.active().filter(user=user).select_related("plan").first()
    context = {
        "kind": kind,
        "plan": subscription.plan if subscription else None,
        "held": Connection.objects.active().filter(user=user).count(),
        "upgrade_url": settings.UPGRADE_URL,
        "support": settings.SUPPORT_CONTACT,
    }
    return render_to_string(f"plan_notices/{name}.txt", context, using="whatsapp").strip()
