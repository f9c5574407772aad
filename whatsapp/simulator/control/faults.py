"""The fault that the next messages meet."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from whatsapp.simulator.control import asking
from whatsapp.simulator.models import Fault, Mode

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

    def save(self, commit: bool = True) -> Fault:  # noqa: FBT001, FBT002  Django's own signature
        """Make it the one fault there is."""
        facts = dict(self.cleaned_data)
        fault, _ = Fault.objects.update_or_create(
            pk=Fault.ONLY, defaults={"remaining": facts.pop("times"), **facts}
        )
        return fault


@csrf_exempt
@require_http_methods(["GET", "POST"])
def faults(request: HttpRequest) -> HttpResponse:
    """Show the fault that is set, or set it: `{"mode", "code", "seconds", "times"}`.

    Only the mode is needed. Without `times` a fault stays until it is taken away.
    """
    if request.method == "GET":
        return JsonResponse(_shown(Fault.objects.current()))
    form = _form(asking.given(request))
    if request.content_type != asking.JSON:
        return asking.posted_on_the_page(request, form)
    if not form.is_valid():
        return asking.refused(form)
    return JsonResponse(_shown(form.save()))


def _form(given: Mapping[str, Any]) -> FaultForm:
    seconds = _SECONDS_OF_HANG if given.get("mode") == Mode.HANG else _SECONDS
    return FaultForm({"mode": Mode.NONE, "code": 131056, "seconds": seconds, **given})


def _shown(fault: Fault) -> dict[str, object]:
    return {
        "mode": fault.mode,
        "code": fault.code,
        "seconds": fault.seconds,
        "times": fault.remaining,
    }
