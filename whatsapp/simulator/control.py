"""What tests, the demo and the page use to steer the simulator and to look into it."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from whatsapp.simulator.models import Fault, Mode, SimulatedMessage, SimulatedPhone

# Longer than any client waits; a thread of the server sleeps that long.
_LONGEST_SECONDS = 600
_SECONDS = 2
_SECONDS_OF_HANG = 60


class FaultForm(forms.ModelForm[Fault]):
    """A fault as people and programs set it."""

    seconds = forms.FloatField(label="Segundos", min_value=0, max_value=_LONGEST_SECONDS)
    times = forms.IntegerField(label="Quantas vezes", min_value=1, required=False)

    class Meta:
        model = Fault
        fields = ("mode", "code", "seconds")

    def apply(self) -> Fault:
        """Make it the one fault there is."""
        facts = self.cleaned_data
        fault, _ = Fault.objects.update_or_create(
            pk=Fault.ONLY, defaults={"remaining": facts.pop("times"), **facts}
        )
        return fault


class PhoneForm(forms.ModelForm[SimulatedPhone]):
    """A phone to register: E.164, a name, and a wa_id when it is not the number's digits."""

    number = forms.RegexField(r"^\+[1-9][0-9]{7,14}$")
    wa_id = forms.RegexField(r"^[1-9][0-9]{7,14}$", required=False)

    class Meta:
        model = SimulatedPhone
        fields = ("number", "name", "wa_id")


@csrf_exempt
@require_http_methods(["GET", "POST"])
def faults(request: HttpRequest) -> HttpResponse:
    """Show the fault that is set, or set it: `{"mode", "code", "seconds", "times"}`.

    Only the mode is needed. Without `times` a fault stays until it is taken away.
    """
    if request.method == "GET":
        return JsonResponse(_shown(Fault.objects.current()))
    if request.content_type != "application/json":
        return _set_on_the_page(request)
    form = _fault_form(_given(request))
    if not form.is_valid():
        return _refused(form)
    return JsonResponse(_shown(form.apply()))


@csrf_exempt
@require_POST
def phones(request: HttpRequest) -> JsonResponse:
    """Register a phone, from JSON or a form: `{"number": "+5511…", "name", "wa_id"}`."""
    form = PhoneForm(_given(request))
    if not form.is_valid():
        return _refused(form)
    phone = form.save()
    facts = {"id": phone.pk, "number": phone.number, "name": phone.name, "wa_id": phone.wa_id}
    return JsonResponse(facts, status=HTTPStatus.CREATED)


@require_GET
def messages(request: HttpRequest) -> JsonResponse:
    """List what a number got, oldest first: `?phone=%2B5511…`."""
    rows = SimulatedMessage.objects.filter(to=request.GET.get("phone", ""))
    return JsonResponse(
        {
            "messages": [
                {
                    "wamid": row.wamid,
                    "at": row.created_at.isoformat(),
                    "status": row.status,
                    "callback_data": row.callback_data,
                    "payload": row.payload,
                }
                for row in rows
            ]
        }
    )


@csrf_exempt
@require_POST
def reset(request: HttpRequest) -> JsonResponse:
    """Forget every message and fault; the phones stay."""
    SimulatedMessage.objects.all().delete()
    Fault.objects.all().delete()
    return JsonResponse({"phones": SimulatedPhone.objects.count()})


@csrf_protect
def _set_on_the_page(request: HttpRequest) -> HttpResponse:
    form = _fault_form(request.POST.dict())
    if not form.is_valid():
        return _refused(form)
    form.apply()
    return redirect("simulator-phones")


def _fault_form(given: Mapping[str, Any]) -> FaultForm:
    seconds = _SECONDS_OF_HANG if given.get("mode") == Mode.HANG else _SECONDS
    return FaultForm({"mode": Mode.NONE, "code": 131056, "seconds": seconds, **given})


def _given(request: HttpRequest) -> Mapping[str, Any]:
    if request.content_type != "application/json":
        return request.POST.dict()
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is not JSON") from error
    if not isinstance(given, dict):
        raise BadRequest("The body is not an object")
    return given


def _refused(form: forms.BaseForm) -> JsonResponse:
    return JsonResponse({"errors": form.errors}, status=HTTPStatus.BAD_REQUEST)


def _shown(fault: Fault) -> dict[str, object]:
    return {
        "mode": fault.mode,
        "code": fault.code,
        "seconds": fault.seconds,
        "times": fault.remaining,
    }
