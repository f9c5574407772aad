from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.admin.staff import may_touch
from accounts.models import AuditEvent, User

PERMISSION = "accounts.reveal_personal_data"


class Revealing:
    """Show to staff who may, one column of one row at a time, what every page masks.

    Only in the answer to a POST, which no cache and no history keeps; each is an audit event.
    Of staff themselves it is shown to those who may act on them.
    """

    revealed: tuple[str, ...] = ()

    def owner(self, row: Any) -> int | None:
        """Return the primary key of whose it is; None for a stranger's."""
        raise NotImplementedError

    def in_full(self, row: Any, column: str) -> str:
        """Return what a column holds."""
        return str(getattr(row, column) or "")

    def get_urls(self) -> list[URLPattern]:
        site, opts = self.admin_site, self.opts  # type: ignore[attr-defined]
        view = site.admin_view(require_POST(self.reveal))
        name = f"{opts.app_label}_{opts.model_name}_reveal"
        urls: list[URLPattern] = super().get_urls()  # type: ignore[misc]
        return [path("<path:object_id>/reveal/<slug:column>/", view, name=name), *urls]

    def reveal(self, request: HttpRequest, object_id: str, column: str) -> HttpResponse:
        """Show one column of a row in full, and leave who saw it."""
        row: Model | None = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if not self._may_reveal(request, row):
            raise PermissionDenied
        if row is None or column not in self.revealed:
            raise Http404
        act = AuditEvent.Act.PERSONAL_DATA_SEEN
        audit.record(user=self.owner(row), act=act, target=row, column=column)
        context = self.admin_site.each_context(request) | {  # type: ignore[attr-defined]
            "title": _label(row, column),
            "opts": row._meta,
            "original": row,
            "value": self.in_full(row, column),
        }
        return TemplateResponse(request, "admin/revealed.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row: Model | None = kwargs.get("obj")
        if row is not None and self._may_reveal(request, row):
            known = [column for column in self.revealed if row.serializable_value(column)]
            context["reveals"] = [(column, _label(row, column).lower()) for column in known]
        page: HttpResponse = super().render_change_form(  # type: ignore[misc]
            request, context, *args, **kwargs
        )
        return page

    def _may_reveal(self, request: HttpRequest, row: Model | None) -> bool:
        may_view: bool = self.has_view_permission(request, row)  # type: ignore[attr-defined]
        if not may_view or not request.user.has_perm(PERMISSION):
            return False
        owner = None if row is None else self.owner(row)
        person = None if owner is None else User.objects.filter(pk=owner).first()
        return person is None or may_touch(request, person)


def _label(row: Model, column: str) -> str:
    return str(row._meta.get_field(column).verbose_name)  # type: ignore[union-attr]
