"""The page that shows everybody the plans, as staff edit them."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import conditional_page, require_safe

from accounts.models import ConnectionRoute, Plan


@require_safe
@conditional_page
def plans(request: HttpRequest) -> HttpResponse:
    """Show every plan, the cheapest first; an edit shows at once.

    A browser may keep the page, but asks each time whether it is still the same.
    """
    context = {
        "plans": Plan.objects.prefetch_related("benefits"),
        "gives_connection": ConnectionRoute.FLOW,
        "support": settings.SUPPORT_CONTACT,
        "chat_number": settings.WHATSAPP_NUMBER,
    }
    response = render(request, "plans/list.html", context)
    response["Cache-Control"] = "no-cache"
    return response
