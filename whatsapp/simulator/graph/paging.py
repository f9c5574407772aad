"""Lists as Graph gives them: the fields that were asked for, one page after the other."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, JsonResponse

from whatsapp.simulator.refusals import Refusal

M = TypeVar("M", bound=Model)
Fields = Mapping[str, Callable[[M], Any]]

_PAGE = 25
_LARGEST_PAGE = 250
# More digits are no id.
_DIGITS = 18


def page(request: HttpRequest, rows: QuerySet[M], fields: Fields[M]) -> JsonResponse:
    """Answer the page after the cursor `after`, of `limit` rows."""
    limit = min(_number(request, "limit", _PAGE) or 1, _LARGEST_PAGE)
    following = rows.filter(pk__gt=_number(request, "after", 0)).order_by("pk")
    found = list(following[: limit + 1])
    shown = found[:limit]
    answer: dict[str, Any] = {"data": [_shown(request, row, fields) for row in shown]}
    if shown:
        cursors = {"before": str(shown[0].pk), "after": str(shown[-1].pk)}
        answer["paging"] = {"cursors": cursors}
        if len(found) > limit:
            query = request.GET.copy()
            query["after"] = cursors["after"]
            address = request.build_absolute_uri(request.path)
            answer["paging"]["next"] = f"{address}?{query.urlencode()}"
    return JsonResponse(answer)


def node(request: HttpRequest, row: M, fields: Fields[M]) -> JsonResponse:
    """Answer one object."""
    return JsonResponse(_shown(request, row, fields))


def _shown(request: HttpRequest, row: M, fields: Fields[M]) -> dict[str, Any]:
    """Return the fields that were asked for, all of them when none were; the id always."""
    asked = request.GET.get("fields")
    names = ["id", *asked.split(",")] if asked else list(fields)
    unknown = next((name for name in names if name not in fields), None)
    if unknown is not None:
        raise Refusal(100, f"Tried accessing nonexisting field ({unknown})")
    return {name: fields[name](row) for name in names}


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise Refusal(100, f"Param {name} is not valid")
    return int(text)
