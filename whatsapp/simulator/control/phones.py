"""The phones, and what is on them."""

from django import forms
from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from whatsapp.simulator import bubbles
from whatsapp.simulator.bubbles import Bubble
from whatsapp.simulator.control import asking
from whatsapp.simulator.models import (
    Fault,
    Review,
    SimulatedMessage,
    SimulatedPhone,
    SimulatedWebhook,
    Telling,
)

_CREATED = 201


class PhoneForm(forms.ModelForm[SimulatedPhone]):
    """A phone to register: E.164, a name, and a wa_id when it is not the number's digits."""

    number = forms.RegexField(r"^\+[1-9][0-9]{7,14}$")
    wa_id = forms.RegexField(r"^[1-9][0-9]{7,14}$", required=False)

    class Meta:
        model = SimulatedPhone
        fields = ("number", "name", "wa_id", "hides_number")


@csrf_exempt
@require_POST
def phones(request: HttpRequest) -> JsonResponse:
    """Register a phone: `{"number": "+5511…", "name", "wa_id", "hides_number"}`."""
    form = PhoneForm(asking.given(request))
    if not form.is_valid():
        return asking.refused(form)
    return JsonResponse(shown(form.save()), status=_CREATED)


@require_GET
def messages(request: HttpRequest) -> JsonResponse:
    """List what a phone got and sent, oldest first: `?phone=%2B5511…`."""
    number = request.GET.get("phone", "")
    rows = list(SimulatedMessage.objects.filter(Q(phone__number=number) | Q(to=number)))
    shown = bubbles.show(rows)
    return JsonResponse(
        {
            "messages": [
                {
                    "wamid": row.wamid,
                    "at": row.created_at.isoformat(),
                    "is_from_person": row.is_from_person,
                    "status": row.status,
                    "callback_data": row.callback_data,
                    "payload": row.payload,
                    "shown": _words(shown[row.pk]),
                }
                for row in rows
            ]
        }
    )


@csrf_exempt
@require_POST
def reset(request: HttpRequest) -> JsonResponse:
    """Forget every message, open Flow, webhook, window and wish; the rest of the account stays.

    The phones, the templates, the Flows and the key stay.
    """
    for model in (SimulatedMessage, SimulatedWebhook, Fault, Telling, Review):
        model._default_manager.all().delete()
    SimulatedPhone.objects.update(window_ends_at=None)
    return JsonResponse({"phones": SimulatedPhone.objects.count()})


def shown(phone: SimulatedPhone) -> dict[str, object]:
    """Return a phone as programs see it."""
    return {
        "id": phone.pk,
        "number": phone.number,
        "name": phone.name,
        "wa_id": phone.wa_id,
        "user_id": phone.user_id,
        "hides_number": phone.hides_number,
        "is_in_window": phone.is_in_window(),
    }


def _words(bubble: Bubble) -> dict[str, object]:
    """Return what a person reads of a message; a button also says what it opens or sends."""
    return {
        "header": bubble.header,
        "body": bubble.body,
        "footer": bubble.footer,
        "buttons": [{"text": button.text, "value": button.value} for button in bubble.buttons],
        "rows": [row["title"] for section in bubble.sections for row in section["rows"]],
    }
