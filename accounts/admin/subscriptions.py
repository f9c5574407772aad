from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.admin import subscription_acts
from accounts.admin.audit import Who
from accounts.admin.read_only import ReadOnly
from accounts.admin.subscription_acts import Act, SubscriptionForm
from accounts.exceptions import AlreadySubscribed, IllegalMove, SubscriptionError, UselessPeriod
from accounts.models import Subscription, SubscriptionChange, User

_FACTS = (
    "plan",
    "status",
    "current_period_start",
    "current_period_end",
    "past_due_since",
    "grace_ends_at",
    "cancel_requested_at",
    "canceled_at",
)


class Refusal(models.TextChoices):
    """Why nothing was done, as staff read it; the values are the errors' codes."""

    ALREADY_SUBSCRIBED = AlreadySubscribed.code, "Este usuário já tem uma assinatura em vigor."
    ILLEGAL_MOVE = IllegalMove.code, "A assinatura já não está na situação em que isso é possível."
    USELESS_PERIOD = UselessPeriod.code, "O fim do período já passou."


class SubscriptionInline(ReadOnly, admin.TabularInline[Subscription, User]):
    """A user's subscriptions, to look at: they change on a page of their own."""

    model = Subscription
    fields = readonly_fields = _FACTS[:4]
    ordering = ("-pk",)
    extra = 0
    show_change_link = True


class ChangeInline(ReadOnly, admin.TabularInline[SubscriptionChange, Subscription]):
    """The history of a subscription, the newest first."""

    model = SubscriptionChange
    fields = readonly_fields = (
        "at",
        "reason",
        "to_status",
        "from_plan",
        "to_plan",
        "period_end",
        "grace_ends_at",
        "who",
    )
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[SubscriptionChange]:
        return super().get_queryset(request).select_related("from_plan", "to_plan")

    @admin.display(description="por quem")
    def who(self, change: SubscriptionChange) -> str:
        kind = Who(change.actor_kind) if change.actor_kind in Who.values else Who.UNKNOWN
        return f"{kind.label} {change.actor}".strip()


@admin.register(Subscription)
class SubscriptionAdmin(admin.ModelAdmin[Subscription]):
    """Subscriptions as staff live them: nothing is typed over, each act goes by its own page."""

    form = SubscriptionForm
    change_form_template = "admin/accounts/subscription/change_form.html"
    list_display = (
        "user",
        "plan",
        "status",
        "has_access",
        "current_period_end",
        "grace_ends_at",
        "cancel_requested_at",
    )
    list_filter = ("status", "plan", ("cancel_requested_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "plan")
    search_fields = ("user__email",)
    search_help_text = "E-mail do usuário"
    ordering = ("-pk",)
    autocomplete_fields = ("user",)
    inlines = (ChangeInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        active = Subscription.objects.active().filter(pk=OuterRef("pk"))
        return super().get_queryset(request).annotate(gives_access=Exists(active))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("user", *_FACTS) if obj else ("user", "plan", "is_trial", "until")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("user", *_FACTS) if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: it is canceled, and its history stays."""
        return False

    @admin.display(description="dá acesso", boolean=True)
    def has_access(self, subscription: Subscription) -> bool:
        return bool(getattr(subscription, "gives_access", False))

    def save_model(self, request: HttpRequest, obj: Subscription, form: Any, change: Any) -> None:
        """Begin the subscription; one that there is has no fields to save."""
        if not change:
            obj.__dict__.update(form.begin().__dict__)

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(self.act)
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:pk>/act/<slug:act>/", act, name="accounts_subscription_act"), *urls]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        subscription: Subscription | None = kwargs.get("obj")
        if subscription:
            may = self.has_change_permission(request, subscription)
            context["acts"] = list(subscription_acts.possible(subscription)) if may else []
            context |= {"show_save": False, "show_save_and_continue": False}
            context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def act(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Ask what an act needs to know, and carry it out."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if act not in Act.values:
            raise Http404
        subscription = get_object_or_404(Subscription.objects.select_related("user", "plan"), pk=pk)
        page = reverse("admin:accounts_subscription_change", args=[pk])
        answers = request.POST if request.method == "POST" else None
        form = subscription_acts.form(Act(act), subscription, answers)
        if form.is_valid():
            self._carry_out(request, subscription, Act(act), form.cleaned_data)
            return redirect(page)
        context = self.admin_site.each_context(request) | {
            "title": Act(act).label,
            "opts": self.opts,
            "original": subscription,
            "act": Act(act),
            "form": form,
            "media": form.media,
            "back": page,
        }
        return TemplateResponse(request, "admin/accounts/subscription/act.html", context)

    def _carry_out(
        self, request: HttpRequest, subscription: Subscription, act: Act, answers: dict[str, Any]
    ) -> None:
        try:
            with transaction.atomic():
                subscription_acts.carry_out(act, subscription, answers)
                self.log_change(request, subscription, f"{act.label}.")
        except SubscriptionError as error:
            self.message_user(request, Refusal(error.code).label, messages.ERROR)
        else:
            self.message_user(request, f"{act.label}: feito.", messages.SUCCESS)
