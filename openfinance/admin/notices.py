from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import ReadOnly
from openfinance.admin.told import Told
from openfinance.models import Notice


@admin.register(Notice)
class NoticeAdmin(Told, ReadOnly, admin.ModelAdmin[Notice]):
    """What people were told of their connections, and what could not be told to them, and why."""

    list_display = ("created_at", "kind", "user", "bank", "delivery", "why")
    list_filter = (("obstacle", admin.EmptyFieldListFilter), "kind", "created_at")
    list_select_related = ("message", "consent__connection__user", "consent__connection__bank")
    search_fields = ("consent__connection__user__email", "=consent__id")
    search_help_text = "E-mail do usuário ou id do consentimento"
    date_hierarchy = "created_at"
    fields = ("created_at", "kind", "consent", "user", "bank", "sent", "delivery", "why")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        return super().get_queryset(request).defer("consent__cpf", "message__payload")

    @admin.display(description="usuário")
    def user(self, notice: Notice) -> str:
        return str(notice.consent.connection.user)

    @admin.display(description="banco")
    def bank(self, notice: Notice) -> str:
        return notice.consent.connection.bank.name
