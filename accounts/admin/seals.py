from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import ReadOnly
from accounts.models import AuditSeal, AuditSealDelivery


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnly, admin.ModelAdmin[AuditSeal]):
    """The audit's daily seals, and where each is kept besides the database."""

    list_display = ("number", "at", "heads", "told")
    list_per_page = 50
    fields = ("number", "at", "heads", "fingerprint", "told")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditSeal]:
        return super().get_queryset(request).prefetch_related("deliveries")

    @admin.display(description="também está em")
    def told(self, seal: AuditSeal) -> str:
        places = [AuditSealDelivery.To(row.to).label for row in seal.deliveries.all()]
        return ", ".join(sorted(places)) or "nenhum outro lugar"

    @admin.display(description="resumo")
    def fingerprint(self, seal: AuditSeal) -> str:
        return bytes(seal.digest).hex()
