from typing import Any, ClassVar, assert_never

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from openfinance import flows, reports
from openfinance.models import Flow
from pierre import api, connection_answers
from whatsapp.models import OutgoingMessage

ACCEPTED = {"status": "accepted", "message": "WhatsApp flow sent successfully"}


class Endpoint(APIView):
    """What the endpoints have in common: who may call, and by which verbs.

    `is_test` says, once the caller is known, whether their key is a test key; so does the answer.
    """

    has_an_effect: ClassVar[bool] = False
    is_test: bool = False
    http_method_names = ["get", "options"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse other verbs and prefetches before a key, a counter or a row is touched."""
        if (request.method or "").lower() not in self.http_method_names:
            raise exceptions.MethodNotAllowed(request.method or "")
        if self.has_an_effect and _is_prefetch(request):
            raise api.PrefetchRefused
        if request.method == "OPTIONS":
            return
        super().initial(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Know the caller, and by their key the mode of whatever is answered from now on."""
        super().perform_authentication(request)
        self.is_test = request.auth.is_test

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Say in the answer that it was a test."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        if self.is_test:
            answer["X-Mode"] = "test"
        return answer

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Name the verbs; a CORS preflight is answered before it gets here."""
        return Response({"allow": self.allowed_methods})


class ConnectionFlowView(Endpoint):
    """Send the user's connection message: contract, "The endpoint"."""

    has_an_effect = True
    http_method_names = ["get", "post", "options"]

    def get(self, request: Request) -> Response:
        """Send it."""
        flow = flows.start(user=request.auth.user, channel=_channel(request), is_test=self.is_test)
        return _answer(flow)

    def post(self, request: Request) -> Response:
        """Do exactly what GET does, by the verb that says that something happens."""
        return self.get(request)


class ConnectionsView(Endpoint):
    """Tell how the user's connections are; reading what is theirs needs no subscription."""

    def get(self, request: Request) -> Response:
        """Read them."""
        report = reports.read(user=request.auth.user, is_test=self.is_test)
        response = Response(connection_answers.body(report))
        response["X-Total-Count"] = str(report.total)
        return response


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
