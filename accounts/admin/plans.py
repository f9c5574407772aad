from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.models import AuditEvent, Plan, PlanBenefit

# The notice shows this many, and its text has room for them.
MOST_BENEFITS = 8


class PlanBenefitInline(admin.TabularInline[PlanBenefit, Plan]):
    model = PlanBenefit
    fields = ("position", "text")
    extra = 1
    max_num = MOST_BENEFITS


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin[Plan]):
    """Plans as staff sell them; the next call, message and page show what is saved here."""

    list_display = ("name", "price_in_reais", "connection_route", "max_connections")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (PlanBenefitInline,)
    fieldsets = (
        (None, {"fields": ("name", "slug", "price", "connection_route")}),
        (
            "Limites",
            {"fields": ("max_connections", "max_payment_reminders", "max_spending_alerts")},
        ),
    )

    @admin.display(description="preço por mês", ordering="price")
    def price_in_reais(self, plan: Plan) -> str:
        return plan.price_in_reais

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Write down which columns were changed, and whether the benefits were."""
        super().save_related(request, form, formsets, change)
        changed = [*form.changed_data, *(["benefits"] if _any_changed(formsets) else [])]
        if changed:
            _record(form.instance, "changed" if change else "created", ",".join(changed))

    def delete_model(self, request: HttpRequest, obj: Plan) -> None:
        """Delete a plan that nobody ever had; the others are protected."""
        self.delete_queryset(request, Plan.objects.filter(pk=obj.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Plan]) -> None:
        """Delete plans; they are locked before the first event, as `audit` wants it."""
        for plan in list(queryset.select_for_update()):
            _record(plan, "deleted")
        super().delete_queryset(request, queryset)


def _any_changed(formsets: Any) -> bool:
    return any(formset.has_changed() for formset in formsets)


def _record(plan: Plan, result: str, columns: str = "") -> None:
    details = {"columns": columns} if columns else {}
    audit.record(user=None, act=AuditEvent.Act.PLAN_CHANGED, target=plan, result=result, **details)
