from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import staff_sessions
from accounts.admin.read_only import ReadOnly
from accounts.models import StaffSession


class LiveFilter(admin.SimpleListFilter):
    title = "situação"
    parameter_name = "live"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("1", "Aberta"), ("0", "Encerrada")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[StaffSession]
    ) -> QuerySet[StaffSession]:
        live = StaffSession.objects.live().values("pk")
        match self.value():
            case "1":
                return queryset.filter(pk__in=live)
            case "0":
                return queryset.exclude(pk__in=live)
        return queryset


@admin.register(StaffSession)
class StaffSessionAdmin(ReadOnly, admin.ModelAdmin[StaffSession]):
    """Who is signed in: everybody sees and ends their own sessions, administrators all."""

    list_display = (
        "user",
        "is_open",
        "started_at",
        "last_seen_at",
        "address",
        "user_agent",
        "ended_at",
    )
    list_filter = (LiveFilter, "started_at")
    list_select_related = ("user",)
    fields = (*list_display, "verified_at")
    actions = ("end",)

    @admin.display(description="aberta", boolean=True)
    def is_open(self, session: StaffSession) -> bool:
        return StaffSession.objects.live().filter(pk=session.pk).exists()

    @admin.action(description="Encerrar")
    def end(self, request: HttpRequest, chosen: QuerySet[StaffSession]) -> None:
        """End them in every process: the next page that they ask for is the one to sign in."""
        if not request.user.has_perm("accounts.manage_staff"):
            chosen = chosen.filter(user=request.user.pk)
        count = 0
        for session in chosen:
            if staff_sessions.end(session=session, why="ended"):
                self.log_change(request, session, "Encerrada.")
                count += 1
        self.message_user(request, f"Sessões encerradas: {count}.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffSession]:
        rows = super().get_queryset(request)
        sees_all = request.user.has_perm("accounts.view_staffsession")
        return rows if sees_all else rows.filter(user=request.user.pk)

    def has_view_permission(self, request: HttpRequest, obj: StaffSession | None = None) -> bool:
        return True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True
