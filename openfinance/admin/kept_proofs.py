from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import ReadOnly
from openfinance.models import KeptProof


class AtBankFilter(admin.SimpleListFilter):
    """Proofs by whether the bank ever said that the consent has ended there."""

    title = "no banco"
    parameter_name = "at_bank"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("unconfirmed", "Não confirmou o fim")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[KeptProof]) -> QuerySet[KeptProof]:
        if not self.value():
            return queryset
        asked = queryset.filter(revocation_requested_at__isnull=False, revoked_at_bank_at=None)
        return asked.exclude(bank_consent_id="")


@admin.register(KeptProof)
class KeptProofAdmin(ReadOnly, admin.ModelAdmin[KeptProof]):
    """What the law lets us keep of the consents of people whose data were erased."""

    list_display = ("kept_at", "bank", "agreed_at", "ended_at", "revoked_at_bank_at", "until")
    list_filter = (AtBankFilter, "bank")
    search_fields = ("=consent_id", "=bank_consent_id")
    search_help_text = "Id do consentimento, nosso ou do banco"
    fields = (
        "consent_id",
        "bank",
        "purpose",
        "text",
        "groups",
        "provider",
        "bank_consent_id",
        "agreed_at",
        "authorised_at",
        "expires_at",
        "ended_at",
        "reason",
        "revocation_requested_at",
        "revoked_at_bank_at",
        "kept_at",
        "until",
    )
