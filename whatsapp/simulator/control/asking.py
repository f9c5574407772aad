"""What a program or the page asks for, as JSON or as a form."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_protect

from whatsapp.simulator.refusals import Refusal
from whatsapp.simulator.rules import fields

JSON = "application/json"


def given(request: HttpRequest) -> Mapping[str, Any]:
    """Return what the body says. Raises BadRequest for a body that no database could keep."""
    if request.content_type != JSON:
        return request.POST.dict()
    try:
        content = fields.storable(json.loads(request.body), "The body")
    except (ValueError, RecursionError, Refusal) as error:
        raise BadRequest("The body is not JSON") from error
    if not isinstance(content, dict):
        raise BadRequest("The body is not an object")
    return content


def refused(form: forms.BaseForm) -> JsonResponse:
    """Answer what is wrong with a form."""
    return JsonResponse({"errors": form.errors}, status=HTTPStatus.BAD_REQUEST)


@csrf_protect
def posted_on_the_page(request: HttpRequest, form: "forms.ModelForm[Any]") -> HttpResponse:
    """Save what a form of the page says, and show the page again."""
    if not form.is_valid():
        return refused(form)
    form.save()
    return redirect("simulator-phones")
