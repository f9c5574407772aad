from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from accounts import audit
from accounts.models import AuditEvent


class Watched:
    """Leave an audit event whenever staff look at something of a person's connection."""

    def owner(self, row: Any) -> int:
        """Return the primary key of whose it is."""
        raise NotImplementedError

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row: Model | None = kwargs.get("obj")
        if row is not None:
            act = AuditEvent.Act.CONNECTIONS_READ
            audit.record(user=self.owner(row), act=act, target=row)
        page: HttpResponse = super().render_change_form(  # type: ignore[misc]
            request, context, *args, **kwargs
        )
        return page
