"""The sheet that plays a Flow over a phone of the page."""

from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from whatsapp.simulator import replies
from whatsapp.simulator.flow_player import sessions, sheets
from whatsapp.simulator.flow_player.exceptions import NoSuchPart, Overtaken, Unplayable
from whatsapp.simulator.models import FlowSession

# What the page itself sends with a form, beside the values of the screen's parts.
_PART, _TURN = "_part", "_turn"
_NOT_UNDERSTOOD = 400

Act = Callable[[FlowSession], FlowSession | None]


@require_POST
def open_flow(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the Flow of a message."""
    message, _ = replies.received(pk)
    try:
        session = sessions.start(message=message)
    except Unplayable:
        return render(request, "simulator/flow/unplayable.html", {"business": _business()})
    except Overtaken:
        session = get_object_or_404(FlowSession, message=message)
    return _sheet(request, session)


@require_POST
def press(request: HttpRequest, pk: int) -> HttpResponse:
    """Tap the part of the screen with that number, with the form's values."""
    number = request.POST.get(_PART, "")
    if not number.isdecimal():
        return HttpResponse(status=_NOT_UNDERSTOOD)
    tap = partial(sessions.press, number=int(number), posted=dict(request.POST.lists()))
    try:
        return _in_turn(request, pk, lambda session: tap(session=session))
    except NoSuchPart:
        return HttpResponse(status=_NOT_UNDERSTOOD)


@require_POST
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """Go back to the screen before."""
    return _in_turn(request, pk, lambda session: sessions.back(session=session))


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the endpoint again after something went wrong."""
    return _in_turn(request, pk, lambda session: sessions.retry(session=session))


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the sheet; the business hears nothing of it."""
    FlowSession.objects.filter(pk=pk, ended_at__isnull=True).delete()
    return HttpResponse()


def _in_turn(request: HttpRequest, pk: int, act: Act) -> HttpResponse:
    """Act on what the sheet shows; one that is behind is brought up to date instead."""
    session = get_object_or_404(_sessions(), pk=pk)
    if request.POST.get(_TURN) != str(session.turn):
        return _sheet(request, session)
    try:
        return _sheet(request, act(session))
    except Overtaken:
        return _sheet(request, _sessions().filter(pk=pk).first())


def _sessions() -> QuerySet[FlowSession]:
    return FlowSession.objects.select_related("flow", "message__phone")


def _sheet(request: HttpRequest, session: FlowSession | None) -> HttpResponse:
    """Show the sheet, or nothing once the Flow ended: an empty sheet closes."""
    if session is None:
        return replies.acted(HttpResponse())
    context = {"sheet": sheets.show(session), "business": _business()}
    return render(request, "simulator/flow/sheet.html", context)


def _business() -> str:
    return str(settings.SIMULATOR["BUSINESS_NAME"])
