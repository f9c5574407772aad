"""What Graph says when it refuses, in its own shape (reference §1.2)."""

import secrets
from http import HTTPStatus

from django.http import JsonResponse

_MEANINGS = {
    0: "AuthException",
    1: "API Unknown",
    2: "API Service",
    4: "Application request limit reached",
    10: "Application does not have permission for this action",
    100: "Invalid parameter",
    190: "Invalid OAuth access token - Cannot parse access token",
    80007: "Rate limit issues",
    130429: "Rate limit hit",
    131000: "Something went wrong",
    131005: "Access denied",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131016: "Service unavailable",
    131026: "Message undeliverable",
    131047: "Re-engagement message",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    131062: "Business-scoped user id is not supported for this message",
    132000: "Number of parameters does not match the expected number of params",
    132001: "Template name does not exist in the translation",
    132012: "Template parameter format mismatch",
    132015: "Template is paused",
    132016: "Template is disabled",
    132018: "There is an issue with the parameters in your template",
    132068: "Flow is blocked",
    132069: "Flow is throttled",
    139001: "Updating attempt failed",
    139002: "Publishing failed",
    139003: "Deprecating failed",
}
# A code that is not here comes with 400. Callers go by the code; the status is only plausible.
_STATUSES = {
    **dict.fromkeys((0, 190), HTTPStatus.UNAUTHORIZED),
    **dict.fromkeys((3, 10, 368, 131005, 131031), HTTPStatus.FORBIDDEN),
    **dict.fromkeys((4, 80007, 130429), HTTPStatus.TOO_MANY_REQUESTS),
    **dict.fromkeys((1, 131000), HTTPStatus.INTERNAL_SERVER_ERROR),
    **dict.fromkeys((2, 131016, 131057, 133004), HTTPStatus.SERVICE_UNAVAILABLE),
}


class Refusal(Exception):
    """Graph refuses the request."""

    def __init__(self, code: int, details: str, *, subcode: int | None = None) -> None:
        """Take Graph's code and what it says of this very request.

        `subcode` comes with what people set up; then `details` are also told for people.
        """
        super().__init__(details)
        self.code = code
        self.details = details
        self.subcode = subcode


def meaning(code: int) -> str:
    """Return what Graph calls an error."""
    return _MEANINGS.get(code, "Message failed to send")


def answer(refusal: Refusal) -> JsonResponse:
    """Build Graph's answer."""
    error: dict[str, object] = {
        "message": f"(#{refusal.code}) {meaning(refusal.code)}",
        "type": "OAuthException",
        "code": refusal.code,
        "error_data": {"messaging_product": "whatsapp", "details": refusal.details},
        "fbtrace_id": "A" + secrets.token_urlsafe(16),
    }
    if refusal.subcode is not None:
        error |= {"error_subcode": refusal.subcode, "error_user_msg": refusal.details}
    status = _STATUSES.get(refusal.code, HTTPStatus.BAD_REQUEST)
    return JsonResponse({"error": error}, status=status)
