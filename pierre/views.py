from typing import Any, assert_never

from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from openfinance import flows
from openfinance.models import Flow
from pierre import api
from whatsapp.models import OutgoingMessage

ACCEPTED = {"status": "accepted", "message": "WhatsApp flow sent successfully"}


class ConnectionFlowView(APIView):
    """Send the user's connection message: contract, "The endpoint"."""

    http_method_names = ["get", "post", "options"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse other verbs and prefetches before a key, a counter or a row is touched."""
        if (request.method or "").lower() not in self.http_method_names:
            raise exceptions.MethodNotAllowed(request.method or "")
        if _is_prefetch(request):
            raise api.PrefetchRefused
        if request.method == "OPTIONS":
            return
        super().initial(request, *args, **kwargs)

    def get(self, request: Request) -> Response:
        """Send it."""
        flow = flows.start(user=request.auth.user, channel=_channel(request))
        return _answer(flow)

    def post(self, request: Request) -> Response:
        """Do exactly what GET does, by the verb that says that something happens."""
        return self.get(request)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Name the verbs; a CORS preflight is answered before it gets here."""
        return Response({"allow": self.allowed_methods})


def _channel(request: Request) -> Flow.Channel:
    return Flow.Channel.MCP if request.query_params.get("s") == "s" else Flow.Channel.API


def _is_prefetch(request: Request) -> bool:
    purposes = (request.headers.get("Sec-Purpose", ""), request.headers.get("Purpose", ""))
    return any("prefetch" in purpose.lower() for purpose in purposes)


def _answer(flow: Flow) -> Response:
    response = _outcome(flow.message)
    response["X-Flow-Id"] = str(flow.pk)
    return response


def _outcome(message: OutgoingMessage) -> Response:
    status = OutgoingMessage.Status(message.status)
    match status:
        case OutgoingMessage.Status.ACCEPTED:
            return Response(ACCEPTED)
        case OutgoingMessage.Status.FAILED:
            return api.error(
                "whatsapp_rejected" if message.is_permanent else "whatsapp_unavailable"
            )
        case (
            OutgoingMessage.Status.QUEUED
            | OutgoingMessage.Status.SENDING
            | OutgoingMessage.Status.UNKNOWN
            | OutgoingMessage.Status.UNCONFIRMED
        ):
            return api.error("delivery_unknown")
    assert_never(status)
