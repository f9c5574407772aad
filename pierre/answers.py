"""Every error body of the API, by its type, and the status it travels with."""

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status with the two sentences of its body; `message` says what to do about it."""

    status: HTTPStatus
    error: str
    message: str

    def body(self, code: str) -> dict[str, str]:
        """Return the three keys of an error."""
        return {"error": self.error, "message": self.message, "type": code}


# The one error whose body has a single key.
PHONE_MISSING = {"error": "User phone number is required for WhatsApp operations"}

ANSWERS = {
    "invalid_api_key": Answer(
        HTTPStatus.UNAUTHORIZED,
        "Invalid or inactive API key",
        "Please check your API key and try again",
    ),
    "inactive_subscription": Answer(
        HTTPStatus.UNAUTHORIZED,
        "No active subscription",
        "The user needs an active subscription, of any plan, to connect a bank",
    ),
    "phone_not_verified": Answer(
        HTTPStatus.BAD_REQUEST,
        "User phone number is not verified",
        "The user must verify the phone number before WhatsApp messages can be sent to it",
    ),
    "phone_unusable": Answer(
        HTTPStatus.BAD_REQUEST,
        "User phone number cannot be used",
        "The phone number on file is not a valid number; please correct it and try again",
    ),
    "opted_out": Answer(
        HTTPStatus.BAD_REQUEST,
        "User opted out of WhatsApp messages",
        "The user asked to receive no messages; only the user can undo that, in WhatsApp",
    ),
    "connection_not_in_plan": Answer(
        HTTPStatus.CONFLICT,
        "The plan does not include connections",
        "The user needs a plan that includes connections to banks",
    ),
    "connection_limit_reached": Answer(
        HTTPStatus.CONFLICT,
        "The plan's limit of connections is reached",
        "The user must end a connection, or change to a plan that includes more",
    ),
    "account_closed": Answer(
        HTTPStatus.BAD_REQUEST,
        "User account is closed",
        "The user closed the account, and nothing is sent to it any more",
    ),
    "rate_limited": Answer(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many requests",
        "Please wait for the number of seconds in Retry-After and try again",
    ),
    "whatsapp_rejected": Answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "WhatsApp refused the message",
        "Nothing was sent; trying again as it is will not help, please contact support",
    ),
    "whatsapp_unavailable": Answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "WhatsApp is unavailable",
        "Nothing was sent; please try again in a few moments",
    ),
    "whatsapp_not_configured": Answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The WhatsApp Business API is not configured",
        "Nothing was sent; please contact support",
    ),
    "whatsapp_template_unavailable": Answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The approved WhatsApp template is not available",
        "Nothing was sent; it is possible once the user writes to us, or staff have seen to it",
    ),
    "delivery_unknown": Answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "WhatsApp did not confirm the message",
        "It may have been sent, so it will not be sent again until that is known",
    ),
    "internal_error": Answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Internal server error",
        "Please try again later; the X-Request-Id header identifies this request",
    ),
    "not_found": Answer(
        HTTPStatus.NOT_FOUND, "Not found", "There is nothing here; please check the address"
    ),
    "method_not_allowed": Answer(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "Method not allowed",
        "Please use one of the methods in the Allow header",
    ),
    "bad_request": Answer(
        HTTPStatus.BAD_REQUEST, "Bad request", "The request could not be understood"
    ),
    "prefetch_refused": Answer(
        HTTPStatus.FORBIDDEN,
        "Prefetching is refused",
        "This call sends a message, so it is answered only when it is really meant",
    ),
    "forbidden": Answer(HTTPStatus.FORBIDDEN, "Forbidden", "This request is not allowed"),
}
