"""How updates are told to the business, and what was told so far."""

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from whatsapp.simulator.control import asking
from whatsapp.simulator.models import SimulatedWebhook, Telling
from whatsapp.simulator.webhooks import keys

_FACTS = ("order", "twice", "late", "batch", "muted")


class TellingForm(forms.ModelForm[Telling]):
    """How updates are told, as people and programs set it."""

    class Meta:
        model = Telling
        fields = _FACTS

    def save(self, commit: bool = True) -> Telling:  # noqa: FBT001, FBT002  Django's own signature
        """Make it the one way there is."""
        how, _ = Telling.objects.update_or_create(pk=Telling.ONLY, defaults=self.cleaned_data)
        return how


@csrf_exempt
@require_http_methods(["GET", "POST"])
def telling(request: HttpRequest) -> HttpResponse:
    """Show how updates are told, or set it: `{"order", "twice", "late", "batch", "muted"}`.

    `order` is right or wrong, `late` are seconds, `batch` is how many updates a POST holds at most.
    What is not given is as Meta does it on a good day.
    """
    if request.method == "GET":
        return JsonResponse(_shown(Telling.current()))
    usual = {"order": Telling.Order.RIGHT, "late": 0, "batch": 1}
    form = TellingForm({**usual, **asking.given(request)})
    if request.content_type != asking.JSON:
        return asking.posted_on_the_page(request, form)
    if not form.is_valid():
        return asking.refused(form)
    return JsonResponse(_shown(form.save()))


@require_GET
def waiting(request: HttpRequest) -> JsonResponse:
    """Count the updates that the business has not answered with 200 yet."""
    return JsonResponse({"waiting": SimulatedWebhook.objects.waiting().count()})


@require_GET
def delivered(request: HttpRequest) -> JsonResponse:
    """List the keys of the messages and statuses that the business answered with 200."""
    told = SimulatedWebhook.objects.delivered().filter(field="messages")
    found = [key for value in told.values_list("value", flat=True) for key in keys.of(value)]
    return JsonResponse({"keys": found})


def _shown(how: Telling) -> dict[str, object]:
    return {fact: getattr(how, fact) for fact in _FACTS}
