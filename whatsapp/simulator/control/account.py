"""What Meta makes of the business's templates and Flows."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django import forms
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from whatsapp.simulator import reviews
from whatsapp.simulator.control import asking
from whatsapp.simulator.graph import flows as graph_flows
from whatsapp.simulator.models import Review, SimulatedFlow, SimulatedTemplate

M = TypeVar("M", bound=Model)


class TemplateForm(forms.Form):
    """The status that a template is to have."""

    status = forms.ChoiceField(choices=SimulatedTemplate.Status)


class FlowForm(forms.Form):
    """The status that a Flow is to have."""

    status = forms.ChoiceField(choices=SimulatedFlow.Status)


class ReviewForm(forms.ModelForm[Review]):
    """What becomes of the templates that are created or edited from now on, and after how long."""

    class Meta:
        model = Review
        fields = ("verdict", "seconds")


@csrf_exempt
@require_POST
def template_status(request: HttpRequest) -> JsonResponse:
    """Give a template another status, and tell the business: `{"name", "status"}`."""
    given = asking.given(request)
    form = TemplateForm(given)
    template = _named(SimulatedTemplate.objects.all(), given)
    if not form.is_valid():
        return asking.refused(form)
    reviews.decide(template, status=form.cleaned_data["status"])
    return JsonResponse({"name": template.name, "status": template.status})


@csrf_exempt
@require_POST
def flow_status(request: HttpRequest) -> JsonResponse:
    """Give a Flow another status, and tell the business: `{"name", "status"}`."""
    given = asking.given(request)
    form = FlowForm(given)
    flow = _named(SimulatedFlow.objects.all(), given)
    if not form.is_valid():
        return asking.refused(form)
    graph_flows.change(flow, status=form.cleaned_data["status"])
    return JsonResponse({"name": flow.name, "status": flow.status})


@csrf_exempt
@require_POST
def review(request: HttpRequest) -> JsonResponse:
    """Set what becomes of templates: `{"verdict", "seconds"}`, APPROVED in a second if not given.

    With the verdict NONE they stay in review until `template_status` ends it.
    """
    form = ReviewForm({"verdict": Review.Verdict.APPROVED, "seconds": 1, **asking.given(request)})
    if not form.is_valid():
        return asking.refused(form)
    Review.objects.update_or_create(pk=Review.ONLY, defaults=form.cleaned_data)
    return JsonResponse(form.cleaned_data)


def _named(rows: QuerySet[M], given: Mapping[str, Any]) -> M:
    """Return the newest one, with the name if one was given; raise Http404 without any."""
    if "name" in given:
        rows = rows.filter(name=str(given["name"]))
    found = rows.order_by("-pk").first()
    if found is None:
        raise Http404
    return found
