"""How people come in: by the list of brands, a receiver's request, or to see what they share."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from openfinance.sandbox_bank import consents, visits
from openfinance.sandbox_bank.brands import BRANDS, Brand
from openfinance.sandbox_bank.models import BrandState, Consent
from openfinance.sandbox_bank.oauth import clients
from openfinance.sandbox_bank.pages.guarding import branded, page
from openfinance.sandbox_bank.visits import Asked

_CONSENT = "consent:"
# RFC 7636 §4.2: the SHA-256 in base64url.
_CHALLENGE_LENGTH = 43


@require_http_methods(["GET", "POST"])
@csrf_protect
@page
def index(request: HttpRequest) -> HttpResponse:
    """List the brands, and take one down or put it back."""
    if request.method == "POST":
        brand = BRANDS.get(request.POST.get("brand", ""))
        if brand:
            state = {"is_down": "down" in request.POST}
            BrandState.objects.update_or_create(brand=brand.slug, defaults=state)
        return redirect("sandbox-bank")
    down = set(BrandState.objects.filter(is_down=True).values_list("brand", flat=True))
    listed = [(brand, brand.slug in down) for brand in BRANDS.values()]
    return render(request, "sandbox_bank/index.html", {"listed": listed})


@require_safe
@page
def colours(request: HttpRequest, brand: Brand) -> HttpResponse:
    """Return the stylesheet of a brand."""
    text = f":root {{ --bank: {brand.colour}; --on-bank: {brand.ink}; }}\n"
    return HttpResponse(text, content_type="text/css")


@require_safe
@branded
def account(request: HttpRequest, brand: Brand) -> HttpResponse:
    """Let a customer in, to see what they share."""
    return redirect("sandbox-bank-visit", brand=brand, key=visits.begin(brand=brand.slug))


@require_safe
@branded
def authorize(request: HttpRequest, brand: Brand) -> HttpResponse:
    """Let a customer in, to decide about the consent that a receiver names in its scope.

    A request that is not the receiver's leads nowhere; any other fault is told to the receiver.
    """
    given = request.GET
    redirect_uri = given.get("redirect_uri", "")
    if not clients.is_known(given.get("client_id", ""), redirect_uri=redirect_uri):
        status = HTTPStatus.BAD_REQUEST
        return render(request, "sandbox_bank/malformed.html", {"brand": brand}, status=status)
    asked = Asked(
        redirect_uri=redirect_uri,
        state=given.get("state", ""),
        challenge=given.get("code_challenge", ""),
        issuer=request.build_absolute_uri(f"/sandbox-bank/{brand.slug}"),
    )
    consent = _consent(brand, given.get("scope", ""))
    error = _fault(given, consent)
    if error or consent is None:
        return redirect(asked.back(error=error or "invalid_scope"))
    key = visits.begin(brand=brand.slug, consent=consent, asked=asked)
    return redirect("sandbox-bank-visit", brand=brand, key=key)


def _consent(brand: Brand, scope: str) -> Consent | None:
    named = [part.removeprefix(_CONSENT) for part in scope.split() if part.startswith(_CONSENT)]
    return consents.find(brand=brand.slug, urn=named[0]) if len(named) == 1 else None


def _fault(given: QueryDict, consent: Consent | None) -> str:
    """Return the error of a request (RFC 6749 §4.1.2.1, RFC 7636 §4.4.1), "" for a good one."""
    if given.get("response_type") != "code":
        return "unsupported_response_type"
    is_proof_of_key = (
        given.get("code_challenge_method") == "S256"
        and len(given.get("code_challenge", "")) == _CHALLENGE_LENGTH
    )
    if not given.get("state") or not is_proof_of_key:
        return "invalid_request"
    if consent and consent.status != Consent.Status.AWAITING:
        return "access_denied"
    return ""
