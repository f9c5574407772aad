"""What Graph says when it refuses, in its own shape (reference §1.2)."""

import secrets
from http import HTTPStatus

from django.http import JsonResponse

_MEANINGS = {
    100: "Invalid parameter",
    190: "Invalid OAuth access token - Cannot parse access token",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
}


class Refusal(Exception):
    """Graph refuses the request."""

    def __init__(
        self, code: int, details: str, *, status: HTTPStatus = HTTPStatus.BAD_REQUEST
    ) -> None:
        """Take Graph's code and what it says of this very request."""
        super().__init__(details)
        self.code = code
        self.details = details
        self.status = status


def answer(refusal: Refusal) -> JsonResponse:
    """Build Graph's answer."""
    meaning = _MEANINGS.get(refusal.code, "Message failed to send")
    error = {
        "message": f"(#{refusal.code}) {meaning}",
        "type": "OAuthException",
        "code": refusal.code,
        "error_data": {"messaging_product": "whatsapp", "details": refusal.details},
        "fbtrace_id": "A" + secrets.token_urlsafe(16),
    }
    return JsonResponse({"error": error}, status=refusal.status)
