"""What a person does on a phone of the page: types, picks a row, presses a button."""

from collections.abc import Callable

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from whatsapp.simulator import inbound
from whatsapp.simulator.models import SimulatedMessage, SimulatedPhone

_DONE = 204
_NOT_UNDERSTOOD = 400


class TextForm(forms.Form):
    """What was typed into the field under a chat."""

    text = forms.CharField(max_length=4096)


class RowForm(forms.Form):
    """The id of a list's row."""

    row = forms.CharField(max_length=200, strip=False)


class ButtonForm(forms.Form):
    """The id of a reply button."""

    button = forms.CharField(max_length=256, strip=False)


class TemplateButtonForm(forms.Form):
    """The place of a template's button, from 0."""

    index = forms.IntegerField(min_value=0)


@require_POST
def say(request: HttpRequest, pk: int) -> HttpResponse:
    """Send what was typed on a phone."""
    phone = get_object_or_404(SimulatedPhone, pk=pk)
    form = TextForm(request.POST)
    return _do(form, lambda: inbound.say(phone, form.cleaned_data["text"]))


@require_POST
def row(request: HttpRequest, pk: int) -> HttpResponse:
    """Pick a row of a list."""
    message, phone = received(pk)
    form = RowForm(request.POST)
    return _do(form, lambda: inbound.pick_row(phone, message, form.cleaned_data["row"]))


@require_POST
def button(request: HttpRequest, pk: int) -> HttpResponse:
    """Press a reply button."""
    message, phone = received(pk)
    form = ButtonForm(request.POST)
    return _do(form, lambda: inbound.press_button(phone, message, form.cleaned_data["button"]))


@require_POST
def template_button(request: HttpRequest, pk: int) -> HttpResponse:
    """Press a quick reply of a template."""
    message, phone = received(pk)
    form = TemplateButtonForm(request.POST)
    return _do(
        form, lambda: inbound.press_template_button(phone, message, form.cleaned_data["index"])
    )


def received(pk: int) -> tuple[SimulatedMessage, SimulatedPhone]:
    """Return a message that a phone got, and the phone. Raises Http404."""
    messages = SimulatedMessage.objects.select_related("phone").filter(is_from_person=False)
    message = get_object_or_404(messages, pk=pk)
    if message.phone is None:
        raise Http404
    return message, message.phone


def acted(response: HttpResponse) -> HttpResponse:
    """Let the page ask for what is new at once, rather than at the next second."""
    return trigger_client_event(response, "acted")


def _do(form: forms.Form, act: Callable[[], SimulatedMessage]) -> HttpResponse:
    """Act when the form is right; what the message does not have is as wrong as no form."""
    if not form.is_valid():
        return HttpResponse(status=_NOT_UNDERSTOOD)
    try:
        act()
    except inbound.NotOnMessage:
        return HttpResponse(status=_NOT_UNDERSTOOD)
    return acted(HttpResponse(status=_DONE))
