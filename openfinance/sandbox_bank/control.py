"""What tests and demos tell the bank to do; JSON in, JSON out."""

import json
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from openfinance.permissions import Group
from openfinance.sandbox_bank import consents as agreements
from openfinance.sandbox_bank import documents
from openfinance.sandbox_bank.brands import BRANDS
from openfinance.sandbox_bank.models import BrandState, Consent, Stranger, Token, Visit

_BRANDS = [(brand.slug, brand.name) for brand in BRANDS.values()]


class BrandForm(forms.ModelForm[BrandState]):
    """How a brand behaves from now on."""

    brand = forms.ChoiceField(choices=_BRANDS)
    lacks = forms.MultipleChoiceField(choices=Group, required=False)

    class Meta:
        model = BrandState
        fields = ("is_down", "token_seconds", "lacks", "needs_several_approvers")


class CustomerForm(forms.Form):
    """Whether somebody is a brand's customer, which everybody is at first."""

    brand = forms.ChoiceField(choices=_BRANDS)
    cpf = forms.RegexField(r"^[0-9]{11}$")
    is_customer = forms.BooleanField(required=False)


@csrf_exempt
@require_POST
def brands(request: HttpRequest) -> JsonResponse:
    """Change a brand: `{"brand", "is_down", "token_seconds", "lacks", "needs_several_approvers"}`.

    What is not given stays as it is.
    """
    given = _given(request)
    state = BrandState.of(str(given.get("brand", "")))
    now = {name: getattr(state, name) for name in BrandForm.Meta.fields}
    form = BrandForm({**now, **given}, instance=state)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=HTTPStatus.BAD_REQUEST)
    form.save()
    return JsonResponse({name: getattr(state, name) for name in ("brand", *BrandForm.Meta.fields)})


@csrf_exempt
@require_POST
def customers(request: HttpRequest) -> JsonResponse:
    """Say whether somebody is a customer: `{"brand", "cpf", "is_customer"}`."""
    form = CustomerForm(_given(request))
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=HTTPStatus.BAD_REQUEST)
    facts = form.cleaned_data
    who = {"brand": facts["brand"], "customer": documents.customer(facts["cpf"])}
    if facts["is_customer"]:
        Stranger.objects.filter(**who).delete()
    else:
        Stranger.objects.get_or_create(**who)
    return JsonResponse({"is_customer": facts["is_customer"]})


@require_GET
def consents(request: HttpRequest) -> JsonResponse:
    """List the consents of a brand, the newest first: `?brand=nubank`."""
    found = Consent.objects.filter(brand=request.GET.get("brand", ""))
    return JsonResponse({"consents": [_shown(agreements.settled(row)) for row in found]})


@csrf_exempt
@require_POST
def acts(request: HttpRequest) -> JsonResponse:
    """Do something to a consent: `{"consent_id", "act"}`, which is revoke, expire or block."""
    given = _given(request)
    urn = str(given.get("consent_id", ""))
    brand = next((slug for slug in BRANDS if urn.startswith(f"urn:{slug}:")), "")
    consent = agreements.find(brand=brand, urn=urn)
    if consent is None:
        return JsonResponse({"errors": "There is no such consent"}, status=HTTPStatus.NOT_FOUND)
    match given.get("act"):
        case "revoke":
            agreements.end_for_customer(consent)
        case "expire":
            consent = _expired(consent)
        case "block":
            by, code = Consent.RejectedBy.ASPSP, Consent.Code.SECURITY
            agreements.reject(consent, by=by, code=code)
        case _:
            return JsonResponse({"errors": "Unknown act"}, status=HTTPStatus.BAD_REQUEST)
    return JsonResponse(_shown(consent))


@csrf_exempt
@require_POST
def reset(request: HttpRequest) -> JsonResponse:
    """Forget everything."""
    for model in (Visit, Token, Consent, Stranger, BrandState):
        model._default_manager.all().delete()
    return JsonResponse({})


def _given(request: HttpRequest) -> Mapping[str, Any]:
    try:
        content = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is not JSON") from error
    if not isinstance(content, dict):
        raise BadRequest("The body is not an object")
    return content


def _expired(consent: Consent) -> Consent:
    """Let the time of a consent be over: its hour, or its term."""
    now = timezone.now()
    rows = Consent.objects.filter(pk=consent.pk)
    if consent.status == Consent.Status.AWAITING:
        rows.update(created_at=now - agreements.AWAITS)
    else:
        rows.filter(status=Consent.Status.AUTHORISED).update(expires_at=now - timedelta(seconds=1))
    consent.refresh_from_db()
    return agreements.settled(consent)


def _shown(consent: Consent) -> dict[str, str]:
    return {
        "consent_id": consent.urn,
        "status": consent.status,
        "rejected_by": consent.rejected_by,
        "code": consent.code,
    }
