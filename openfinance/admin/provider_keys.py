from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import ReadOnly
from openfinance.models import ProviderKey


@admin.register(ProviderKey)
class ProviderKeyAdmin(ReadOnly, admin.ModelAdmin[ProviderKey]):
    """Providers' keys to their own APIs: whether there is one, and until when; never the key."""

    list_display = ("name", "expires_at", "leased_until")
    fields = list_display

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderKey]:
        return super().get_queryset(request).defer("key")
