from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.admin.read_only import ReadOnly

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(ReadOnly, admin.ModelAdmin[Group]):
    """The roles of staff, to read: what each may do is in the code, and every release grants it."""

    list_display = ("name", "people")
    fields = ("name", "people", "may")
    ordering = ("name",)

    @admin.display(description="pessoas")
    def people(self, group: Group) -> int:
        return group.user_set.filter(is_active=True).count()

    @admin.display(description="pode")
    def may(self, group: Group) -> str:
        permissions = group.permissions.select_related("content_type")
        return "\n".join(sorted(f"{each.content_type.name}: {each.name}" for each in permissions))

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> list[str]:
        return list(self.fields)
