"""Send again, on somebody's word, what a person should have received."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from openfinance import exceptions, flows
from openfinance.models import Flow
from whatsapp.exceptions import WhatsAppError
from whatsapp.models import OutgoingMessage

Status = OutgoingMessage.Status


class Result(StrEnum):
    """How one resending ended."""

    ACCEPTED = "accepted"
    REPEATED = "already sent"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_success(self) -> bool:
        """Tell whether the person has, or certainly gets, the message."""
        return self in (Result.ACCEPTED, Result.REPEATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One row of the report; `detail` says why, and names no phone."""

    user: User
    result: Result
    detail: str = ""
    flow: Flow | None = None


def failed_since(moment: datetime) -> list[User]:
    """Return the users whose last flow since a moment failed, one entry each."""
    latest = (
        Flow.objects.live()
        .filter(created_at__gte=moment)
        .order_by("user_id", "-created_at")
        .distinct("user_id")
        .select_related("user", "message")
    )
    return [flow.user for flow in latest if flow.message.status == Status.FAILED]


def unconfirmed(among: QuerySet[Flow]) -> list[Flow]:
    """Return those that were never confirmed and are their user's last: nothing was sent since."""
    later = Flow.objects.live().filter(user=OuterRef("user"), created_at__gt=OuterRef("created_at"))
    found = among.filter(~Exists(later), message__status=Status.UNCONFIRMED)
    return list(found.select_related("user", "message"))


def why_not(user: User) -> str:
    """Say why the user's last flow must not be sent again unforced; "" when it may."""
    last = Flow.objects.live().filter(user=user).select_related("message").first()
    if last is None:
        return ""
    match last.message.status:
        case Status.UNKNOWN | Status.UNCONFIRMED | Status.SENDING:
            return (
                f"flow {last.pk} is {last.message.status}: the message may have arrived;"
                " look at the phone, then use --force"
            )
        case Status.QUEUED:
            return f"flow {last.pk} is queued: a worker sends it, and --force sends another"
    return ""


def resend(
    *, user: User, forced_by: str = "", channel: Flow.Channel = Flow.Channel.COMMAND
) -> Outcome:
    """Start the user's flow again; without `forced_by` the anti-spam rule holds."""
    reason = "" if forced_by else why_not(user)
    if reason:
        return Outcome(user=user, result=Result.REFUSED, detail=reason)
    last = Flow.objects.live().filter(user=user).first()
    try:
        flow = flows.start(user=user, channel=channel, forced_by=forced_by)
    except exceptions.TooManyMessages as error:
        detail = f"{error}; possible again in {error.retry_after} s"
        return Outcome(user=user, result=Result.REFUSED, detail=detail)
    except (exceptions.FlowError, WhatsAppError) as error:
        return Outcome(user=user, result=Result.REFUSED, detail=str(error))
    if last and flow.pk == last.pk:
        return Outcome(user=user, result=Result.REPEATED, flow=flow, detail="within the debounce")
    return Outcome(
        user=user, result=_result(flow.message), flow=flow, detail=flow.message.error_details
    )


def _result(message: OutgoingMessage) -> Result:
    match message.status:
        case Status.ACCEPTED:
            return Result.ACCEPTED
        case Status.FAILED:
            return Result.FAILED
    return Result.UNKNOWN
