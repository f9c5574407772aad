"""The token endpoint (RFC 6749), without rotation of refresh tokens (FAPI-BR 2.1)."""

from http import HTTPStatus

from django.http import HttpRequest, JsonResponse
from django.http.request import QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from openfinance.sandbox_bank import tokens, visits
from openfinance.sandbox_bank.brands import Brand
from openfinance.sandbox_bank.models import BrandState, Token
from openfinance.sandbox_bank.oauth import clients

Kind = Token.Kind


@csrf_exempt
@require_POST
def token(request: HttpRequest, brand: Brand) -> JsonResponse:
    """Exchange a grant for tokens."""
    if BrandState.of(brand.slug).is_down:
        return _refused("temporarily_unavailable", HTTPStatus.SERVICE_UNAVAILABLE)
    if not clients.has_proven_itself(request):
        return _refused("invalid_client", HTTPStatus.UNAUTHORIZED)
    match request.POST.get("grant_type"):
        case "client_credentials":
            return _own(brand, request.POST)
        case "authorization_code":
            return _exchanged(brand, request.POST)
        case "refresh_token":
            return _renewed(brand, request.POST)
    return _refused("unsupported_grant_type")


def _own(brand: Brand, form: QueryDict) -> JsonResponse:
    if form.get("scope") != "consents":
        return _refused("invalid_scope")
    text, seconds = tokens.issue(brand=brand.slug, kind=Kind.CLIENT)
    return _given(text, seconds)


def _exchanged(brand: Brand, form: QueryDict) -> JsonResponse:
    try:
        consent = visits.redeem(
            brand=brand.slug,
            code=form.get("code", ""),
            redirect_uri=form.get("redirect_uri", ""),
            verifier=form.get("code_verifier", ""),
        )
    except visits.InvalidGrant:
        return _refused("invalid_grant")
    text, seconds = tokens.issue(brand=brand.slug, kind=Kind.ACCESS, consent=consent)
    refresh, _ = tokens.issue(brand=brand.slug, kind=Kind.REFRESH, consent=consent)
    return _given(text, seconds, refresh_token=refresh)


def _renewed(brand: Brand, form: QueryDict) -> JsonResponse:
    kept = tokens.read(form.get("refresh_token", ""), brand=brand.slug)
    if kept is None or kept.kind != Kind.REFRESH:
        return _refused("invalid_grant")
    text, seconds = tokens.issue(brand=brand.slug, kind=Kind.ACCESS, consent=kept.consent)
    return _given(text, seconds)


def _given(text: str, seconds: int, **more: str) -> JsonResponse:
    answer = {"access_token": text, "token_type": "Bearer", "expires_in": seconds, **more}
    return JsonResponse(answer)


def _refused(error: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> JsonResponse:
    return JsonResponse({"error": error}, status=status)
