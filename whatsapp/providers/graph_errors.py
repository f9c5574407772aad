"""What each of Graph's error codes proves about the message, and what to do next.

Only the code decides; the HTTP status does not, except for a code that is not listed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from whatsapp.providers.base import NextStep, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphError:
    outcome: Outcome
    next_step: NextStep
    meaning: str


def _group(
    outcome: Outcome, next_step: NextStep, meanings: dict[int, str]
) -> dict[int, GraphError]:
    return {
        code: GraphError(outcome=outcome, next_step=next_step, meaning=meaning)
        for code, meaning in meanings.items()
    }


def _refused(next_step: NextStep, meanings: dict[int, str]) -> dict[int, GraphError]:
    return _group(Outcome.PERMANENT, next_step, meanings)


_PERMISSION = GraphError(
    outcome=Outcome.PERMANENT, next_step=NextStep.STOP_NUMBER, meaning="permission missing"
)
_PERMISSION_CODES = range(200, 300)

ERRORS: Final[Mapping[int, GraphError]] = MappingProxyType(
    _group(Outcome.UNSENT, NextStep.PAUSE_QUEUE, {4: "app call limit", 80007: "account call limit"})
    | _group(Outcome.UNSENT, NextStep.RETRY_LATER, {130429: "throughput limit"})
    | _group(Outcome.UNSENT, NextStep.PAUSE_CONTACT, {131056: "too many messages to this person"})
    | _group(
        Outcome.UNKNOWN,
        NextStep.RECONCILE,
        {
            1: "invalid request or server error",
            2: "temporarily overloaded",
            131000: "unknown error",
            131016: "service unavailable",
            # The next three say "come back later", which does not prove that nothing was sent.
            131057: "account in maintenance",
            133004: "server unavailable",
            2494100: "number in maintenance",
        },
    )
    | _refused(
        NextStep.STOP_NUMBER,
        {
            0: "access token expired or invalid",
            190: "access token expired or invalid",
            3: "permission missing",
            10: "permission missing, or Flow public key not allowed",
            131005: "permission missing",
            33: "business number deleted",
            368: "restricted for breaking policy",
            131031: "account locked",
            130497: "restricted in this country",
            131037: "display name not approved",
            131042: "payment problem",
        },
    )
    | _refused(
        NextStep.REGISTER_NUMBER,
        {
            131045: "number not registered",
            133010: "number not registered",
            133000: "earlier deregistration failed",
            133005: "wrong two-step PIN",
            133006: "number must be verified",
            133008: "too many PIN guesses",
            133009: "PIN guessed too fast",
            133015: "number deleted minutes ago",
            133016: "too many registrations",
        },
    )
    | _refused(
        NextStep.STOP_TEMPLATES,
        {
            131048: "number restricted for spam",
            131064: "limited for misclassified templates",
        },
    )
    | _refused(
        NextStep.RESYNC_TEMPLATES,
        {
            132001: "template missing or not approved in this language",
            132015: "template paused for quality",
            132016: "template disabled for quality",
        },
    )
    | _refused(NextStep.USE_TEMPLATE, {131047: "more than 24 hours since the last reply"})
    | _refused(NextStep.FALL_BACK_TO_LIST, {132068: "Flow blocked", 132069: "Flow throttled"})
    | _refused(NextStep.TRY_OTHER_VARIANT, {131026: "undeliverable to this number"})
    | _refused(NextStep.RECORD_OPT_OUT, {131050: "person opted out of marketing"})
    | _refused(
        NextStep.FIX_REQUEST,
        {
            100: "invalid parameter",
            131008: "required parameter missing",
            131009: "parameter value invalid",
            135000: "message undeliverable as built",
            132000: "wrong number of template parameters",
            132012: "template parameter of the wrong format",
            132018: "template parameters invalid",
            131062: "this message needs a phone number, not a user id",
        },
    )
    | _refused(
        NextStep.GIVE_UP,
        {
            130403: "person blocked by this business",
            130472: "person is in a marketing experiment",
            131021: "sender is the recipient",
            131030: "recipient not allowed for a test number",
            131049: "withheld for a healthy ecosystem; not before 24 hours",
            131051: "message type not supported",
            131052: "inbound media could not be downloaded",
            131053: "media could not be uploaded",
            131060: "inbound message unavailable",
            131063: "marketing disabled for this API",
            132005: "template too long once filled",
            132007: "template content against policy",
            131055: "method not allowed",
            134011: "payment terms not accepted",
            134100: "marketing messages API: not available",
            134101: "marketing messages API: not ready",
            134102: "marketing messages API: not allowed",
        },
    )
)


def classify(code: int, *, http_status: int, is_transient: bool) -> GraphError:
    """Return what a code proves.

    A code that is not listed is a refusal, unless Graph calls it transient or answers a 5xx: then
    the message may have been sent.
    """
    if listed := ERRORS.get(code):
        return listed
    if code in _PERMISSION_CODES:
        return _PERMISSION
    if is_transient or http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return GraphError(
            outcome=Outcome.UNKNOWN, next_step=NextStep.RECONCILE, meaning="unlisted, transient"
        )
    return GraphError(outcome=Outcome.PERMANENT, next_step=NextStep.GIVE_UP, meaning="unlisted")
