"""What staff may do to staff, themselves included."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts import audit, second_factor, staff_sessions
from accounts.models import StaffDevice, User

MANAGE = "accounts.manage_staff"
_ROLES = ("is_staff", "groups")
_POWERS = ("is_superuser", "user_permissions")
# A change of these ends the sessions of whose they are.
_OF_THE_SESSION = {*_ROLES, *_POWERS, "is_active", "email"}


class StaffGuard:
    """Keep staff from giving anybody, or taking over, more than they have.

    Who is of the staff is changed by administrators alone, and a superuser by another one; so
    nobody else gets at their password, their e-mail, their keys or their second factor.
    """

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        names: tuple[str, ...] = (*super().get_readonly_fields(request, obj), "second_factor")  # type: ignore[misc]
        if not request.user.has_perm(MANAGE):
            names += _ROLES
        return names if request.user.is_superuser else names + _POWERS

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may: bool = super().has_change_permission(request, obj)  # type: ignore[misc]
        return may and (obj is None or may_touch(request, obj))

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer the roles that hold nothing which who gives them has not."""
        if db_field.name == "groups" and not request.user.is_superuser:
            mine = request.user.get_all_permissions()
            groups = Group.objects.prefetch_related("permissions__content_type")
            kwargs["queryset"] = Group.objects.filter(
                pk__in=[group.pk for group in groups if _held_by(group) <= mine]
            )
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def save_related(
        self,
        request: HttpRequest,
        form: forms.ModelForm[User],
        formsets: Any,
        change: bool,  # noqa: FBT001  Django's own
    ) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        changed, user = set(form.changed_data), form.instance
        if change and changed & _OF_THE_SESSION:
            staff_sessions.end_all(user=user, why="account_changed")
        if changed & {*_ROLES, *_POWERS}:
            roles = ",".join(sorted(user.groups.values_list("name", flat=True)))
            audit.record(
                user=user,
                act=audit.Act.ROLES_CHANGED,
                target=user,
                result="staff" if user.is_staff else "not_staff",
                roles=roles,
            )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002
        answer: HttpResponse = super().user_change_password(request, id, form_url)  # type: ignore[misc]
        if request.method == "POST" and isinstance(answer, HttpResponseRedirect):
            user = User.objects.get(pk=id)
            staff_sessions.end_all(user=user, why="password_changed")
        return answer

    @admin.display(description="segundo fator")
    def second_factor(self, user: User) -> str:
        device = StaffDevice.objects.filter(user=user, confirmed=True).defer("key").first()
        if device is None or device.confirmed_at is None:
            return "não ativado"
        return f"ativado, com {len(device.backup_codes)} códigos de reserva"

    @admin.action(description="Apagar o segundo fator", permissions=["manage_staff"])
    def reset_second_factor(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Let people who lost their device make a new one; for oneself somebody else must do it."""
        count = 0
        for user in chosen:
            is_other = user != request.user and may_touch(request, user)
            if is_other and second_factor.reset(user=user):
                self.log_change(request, user, "Segundo fator apagado.")  # type: ignore[attr-defined]
                count += 1
        messages.success(request, f"Segundos fatores apagados: {count}.")

    def has_manage_staff_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MANAGE)


def may_touch(request: HttpRequest, user: User) -> bool:
    """Tell whether whoever asks may act on somebody's account; of staff it takes a permission."""
    if user.is_superuser:
        return bool(request.user.is_superuser)
    return not user.is_staff or request.user.has_perm(MANAGE)


def _held_by(group: Group) -> set[str]:
    return {f"{each.content_type.app_label}.{each.codename}" for each in group.permissions.all()}
