from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import ReadOnly
from openfinance.admin.told import Told
from openfinance.models import PlanNotice


@admin.register(PlanNotice)
class PlanNoticeAdmin(Told, ReadOnly, admin.ModelAdmin[PlanNotice]):
    """What people were told when their connections fell outside their plan."""

    list_display = ("created_at", "kind", "user", "over_at", "delivery", "why")
    list_filter = (("obstacle", admin.EmptyFieldListFilter), "kind", "created_at")
    list_select_related = ("message", "user")
    search_fields = ("user__email",)
    search_help_text = "E-mail do usuário"
    date_hierarchy = "created_at"
    fields = ("created_at", "kind", "user", "over_at", "sent", "delivery", "why")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlanNotice]:
        return super().get_queryset(request).defer("message__payload")
