from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import emails, phones
from accounts.models import ApiKey, Subscription, User
from openfinance.models import Consent
from pierre.self_service import guards


@require_safe
@guards.signed_in
def home(request: HttpRequest, user: User) -> HttpResponse:
    """Show what there is of a person, and where each part is governed."""
    subscriptions = user.subscriptions.select_related("plan")
    subscription = subscriptions.exclude(status=Subscription.Status.CANCELED).first()
    connected = Consent.objects.filter(
        connection__user=user, status=Consent.Status.AUTHORISED, revocation_requested_at=None
    )
    context = {
        "person": user,
        "name": user.get_short_name(),
        "email": emails.mask(user.email),
        "phone": phones.mask(user.phone),
        "subscription": subscription,
        "gives_access": subscriptions.active().exists(),
        "connected": connected.values("connection").distinct().count(),
        "keys": ApiKey.objects.live().filter(user=user).count(),
        "plans_url": settings.UPGRADE_URL,
        "support": settings.SUPPORT_CONTACT,
    }
    return render(request, "account/home.html", context)
