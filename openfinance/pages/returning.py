"""The way back from the bank, in whatever browser: one page takes it, and another shows the result.

Nothing that the browser holds is asked for, so there is nothing that another site could abuse: only
`state`, which is secret, bound to one consent and good once, says whose return it is. It leads to
no address but our own.
"""

from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

from csp.constants import SELF
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from openfinance import serving, trips
from openfinance.pages import guards, results
from openfinance.providers import ProviderError

_MOST_FIELDS = 20


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@guards.personal
@guards.allowing({"script-src": [SELF]})
def come_back(request: HttpRequest) -> HttpResponse:
    """Take what the bank sent in the query or, posted by a script of ours, in the fragment.

    The fragment reaches no server, and no script is needed where the bank uses the query.
    """
    if request.method == "POST":
        return _finish(request, _read(request.POST.get("returned", "")))
    returned = _read(request.META.get("QUERY_STRING", ""))
    if "state" in returned and guards.is_a_person(request):
        return _finish(request, returned)
    return render(request, "connect/returning.html", {"chat_number": settings.WHATSAPP_NUMBER})


def _finish(request: HttpRequest, returned: Mapping[str, str]) -> HttpResponse:
    context = {"chat_number": settings.WHATSAPP_NUMBER}
    try:
        attempt = trips.expected(returned.get("state", ""))
        with guards.acting(request, attempt.consent.connection.user_id):
            trips.finish(state=returned["state"], returned=returned)
    except trips.UnknownReturn as unknown:
        context["why"] = _why(unknown)
        return render(request, "connect/unreturned.html", context, status=HTTPStatus.GONE)
    except serving.NoProvider:
        return render(
            request, "connect/errors/500.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE
        )
    except ProviderError:
        pass  # the attempt knows why
    return redirect("result", signed=results.sign(attempt))


def _why(unknown: trips.UnknownReturn) -> str:
    """Return all that who repeats an address learns of what it once led to."""
    if unknown.attempt is None:
        return "unknown"
    unknown.attempt.refresh_from_db(fields=["returned_at"])
    return "used" if unknown.attempt.returned_at else "late"


def _read(text: str) -> dict[str, str]:
    """Return the parameters of a return; nothing for a text that repeats one (RFC 6749 §3.1)."""
    try:
        pairs = parse_qsl(text.lstrip("#?"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    names = Counter(name for name, _ in pairs)
    return {} if max(names.values(), default=0) > 1 else dict(pairs)
