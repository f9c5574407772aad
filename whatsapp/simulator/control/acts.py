"""What a person does with a phone, done by a program: POST /simulator/acts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from whatsapp.simulator import identities, inbound, statuses
from whatsapp.simulator.control import asking, flow_acts, phones
from whatsapp.simulator.flow_player.exceptions import NoSuchPart, Overtaken, Unplayable
from whatsapp.simulator.models import SimulatedMessage, SimulatedPhone

Facts = Mapping[str, Any]
Answer = dict[str, Any]


class SayForm(forms.Form):
    text = forms.CharField(max_length=4096, strip=False)


class MessageForm(forms.Form):
    wamid = forms.CharField()


class ChoiceForm(MessageForm):
    id = forms.CharField(max_length=256, strip=False)


class TemplateButtonForm(MessageForm):
    index = forms.IntegerField(min_value=0)


class PartForm(MessageForm):
    part = forms.IntegerField(min_value=0)
    values = forms.JSONField(required=False)


class HideForm(forms.Form):
    hides = forms.BooleanField(required=False)


class WindowForm(forms.Form):
    is_open = forms.BooleanField(required=False)


class NumberForm(forms.Form):
    number = phones.PhoneForm.base_fields["number"]
    wa_id = phones.PhoneForm.base_fields["wa_id"]

    def clean_number(self) -> str:
        """Refuse a number that somebody has."""
        number: str = self.cleaned_data["number"]
        if SimulatedPhone.objects.filter(number=number).exists():
            raise forms.ValidationError("taken")
        return number


class PreferenceForm(forms.Form):
    wants = forms.ChoiceField(choices=[("stop", "stop"), ("resume", "resume")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What must be said of an act, and what it does."""

    form: type[forms.Form]
    do: Callable[[SimulatedPhone, Facts], Answer]


@csrf_exempt
@require_POST
def acts(request: HttpRequest) -> JsonResponse:
    """Do one thing on a phone: `{"phone": "+5511…", "act": …}` and what the act needs.

    Acts that send answer with the `wamid` of what was sent, those in a Flow with what it shows.
    404 without such a phone, 400 for what is not on it, 409 when another tap came first.
    """
    given = asking.given(request)
    phone = SimulatedPhone.objects.filter(number=str(given.get("phone"))).first()
    if phone is None:
        raise Http404
    act = _ACTS.get(str(given.get("act")))
    if act is None:
        return _refusal(f"act must be one of {', '.join(_ACTS)}")
    form = act.form(given)
    if not form.is_valid():
        return asking.refused(form)
    try:
        return JsonResponse(act.do(phone, form.cleaned_data))
    except (inbound.NotOnMessage, NoSuchPart, Unplayable) as error:
        return _refusal(str(error))
    except Overtaken as error:
        return _refusal(str(error), status=HTTPStatus.CONFLICT)


def _refusal(reason: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> JsonResponse:
    return JsonResponse({"errors": reason}, status=status)


def _say(phone: SimulatedPhone, facts: Facts) -> Answer:
    return _sent(inbound.say(phone, facts["text"]))


def _row(phone: SimulatedPhone, facts: Facts) -> Answer:
    return _sent(inbound.pick_row(phone, _message(phone, facts), facts["id"]))


def _button(phone: SimulatedPhone, facts: Facts) -> Answer:
    return _sent(inbound.press_button(phone, _message(phone, facts), facts["id"]))


def _template_button(phone: SimulatedPhone, facts: Facts) -> Answer:
    message = _message(phone, facts)
    return _sent(inbound.press_template_button(phone, message, facts["index"]))


def _read(phone: SimulatedPhone, facts: Facts) -> Answer:
    statuses.read(_message(phone, facts))
    return {}


def _open_flow(phone: SimulatedPhone, facts: Facts) -> Answer:
    return flow_acts.open_flow(_message(phone, facts))


def _flow(phone: SimulatedPhone, facts: Facts) -> Answer:
    message = _message(phone, facts)
    return flow_acts.press(message, number=facts["part"], values=facts["values"] or {})


def _flow_back(phone: SimulatedPhone, facts: Facts) -> Answer:
    return flow_acts.back(_message(phone, facts))


def _flow_retry(phone: SimulatedPhone, facts: Facts) -> Answer:
    return flow_acts.retry(_message(phone, facts))


def _hide(phone: SimulatedPhone, facts: Facts) -> Answer:
    identities.hide(phone, hides=facts["hides"])
    return phones.shown(phone)


def _window(phone: SimulatedPhone, facts: Facts) -> Answer:
    inbound.move_window(phone, is_open=facts["is_open"])
    return phones.shown(phone)


def _change_number(phone: SimulatedPhone, facts: Facts) -> Answer:
    identities.change_number(phone, number=facts["number"], wa_id=facts["wa_id"])
    return phones.shown(phone)


def _change_user_id(phone: SimulatedPhone, facts: Facts) -> Answer:
    identities.change_user_id(phone)
    return phones.shown(phone)


def _prefer(phone: SimulatedPhone, facts: Facts) -> Answer:
    identities.prefer(phone, wants=facts["wants"])
    return {}


def _message(phone: SimulatedPhone, facts: Facts) -> SimulatedMessage:
    found = SimulatedMessage.objects.select_related("phone").filter(
        phone=phone, wamid=facts["wamid"], is_from_person=False
    )
    message = found.first()
    if message is None:
        raise inbound.NotOnMessage
    return message


def _sent(message: SimulatedMessage) -> Answer:
    return {"wamid": message.wamid}


_ACTS = {
    "say": Act(form=SayForm, do=_say),
    "row": Act(form=ChoiceForm, do=_row),
    "button": Act(form=ChoiceForm, do=_button),
    "template_button": Act(form=TemplateButtonForm, do=_template_button),
    "read": Act(form=MessageForm, do=_read),
    "open_flow": Act(form=MessageForm, do=_open_flow),
    "flow": Act(form=PartForm, do=_flow),
    "flow_back": Act(form=MessageForm, do=_flow_back),
    "flow_retry": Act(form=MessageForm, do=_flow_retry),
    "hide_number": Act(form=HideForm, do=_hide),
    "window": Act(form=WindowForm, do=_window),
    "change_number": Act(form=NumberForm, do=_change_number),
    "change_user_id": Act(form=forms.Form, do=_change_user_id),
    "prefer": Act(form=PreferenceForm, do=_prefer),
}
