from django.contrib import admin

from accounts.models import Plan, PlanBenefit

# The notice shows this many, and its text has room for them.
MOST_BENEFITS = 8


class PlanBenefitInline(admin.TabularInline[PlanBenefit, Plan]):
    model = PlanBenefit
    fields = ("position", "text")
    extra = 1
    max_num = MOST_BENEFITS


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin[Plan]):
    """Plans as staff sell them; the next message shows what is saved here."""

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
        return f"R$ {plan.price}".replace(".", ",")
