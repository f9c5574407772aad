"""What tests, the demo and the page use to steer the simulator and to look into it."""

import json
from http import HTTPStatus

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from whatsapp.simulator.models import Fault, Mode, SimulatedMessage, SimulatedPhone


class FaultForm(forms.ModelForm[Fault]):
    """A fault as people and programs set it: what is left out has its default."""

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


@csrf_exempt
@require_http_methods(["GET", "POST"])
def faults(request: HttpRequest) -> HttpResponse:
    """Show the fault that is set, or set it from JSON or from the page's form."""
    if request.method == "GET":
        return JsonResponse(_shown(Fault.objects.first() or Fault()))
    is_json = request.content_type == "application/json"
    given = json.loads(request.body) if is_json else request.POST.dict()
    form = FaultForm({"code": 131056, "seconds": 2, "mode": Mode.NONE, **given})
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=HTTPStatus.BAD_REQUEST)
    fault = form.apply()
    return JsonResponse(_shown(fault)) if is_json else redirect("simulator-phones")


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


def _shown(fault: Fault) -> dict[str, object]:
    return {
        "mode": fault.mode,
        "code": fault.code,
        "seconds": fault.seconds,
        "times": fault.remaining,
    }
