"""The pages of a consent's extensions."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from accounts import sealed
from openfinance.sandbox_bank import times
from openfinance.sandbox_bank.api import envelope
from openfinance.sandbox_bank.api.envelope import Json, Refusal
from openfinance.sandbox_bank.models import Consent, Extension

_LEAST, _MOST = 25, 1000
_LAST_PAGE = 2**31 - 1


def page(request: HttpRequest, consent: Consent) -> JsonResponse:
    """Answer the page of extensions that the query names, the newest first. Raises Refusal."""
    number = _number(request, "page", default=1, least=1, most=_LAST_PAGE)
    size = _number(request, "page-size", default=_LEAST, least=_LEAST, most=_MOST)
    paginator = Paginator(consent.extensions.all(), size)
    total = paginator.count
    pages = paginator.num_pages if total else 0
    shown = paginator.page(number).object_list if number <= pages else ()
    meta = {
        "totalRecords": total,
        "totalPages": pages,
        "requestDateTime": times.write(timezone.now()),
    }
    return envelope.answer(
        request,
        [_told(extension) for extension in shown],
        status=HTTPStatus.OK,
        links=_links(request, number=number, pages=pages, size=size),
        meta=meta,
    )


def _number(request: HttpRequest, name: str, *, default: int, least: int, most: int) -> int:
    text = request.GET.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise Refusal(HTTPStatus.BAD_REQUEST, "PARAMETRO_INVALIDO", f"{name} é inválido.")
    return int(text)


def _links(request: HttpRequest, *, number: int, pages: int, size: int) -> Json:
    targets = {"self": number}
    if number > 1:
        targets |= {"first": 1, "prev": number - 1}
    if number < pages:
        targets |= {"next": number + 1, "last": pages}
    return {
        name: request.build_absolute_uri(
            f"{request.path}?{urlencode({'page': target, 'page-size': size})}"
        )
        for name, target in targets.items()
    }


def _told(extension: Extension) -> Json:
    cpf = sealed.reveal(extension, "cpf", user=None, purpose="sandbox_bank")
    ends = {
        "expirationDateTime": extension.expires_at,
        "previousExpirationDateTime": extension.previous_expires_at,
    }
    return {
        **{name: times.write(end) for name, end in ends.items() if end},
        "loggedUser": {"document": {"identification": cpf, "rel": "CPF"}},
        "requestDateTime": times.write(extension.requested_at),
        "xFapiCustomerIpAddress": extension.address,
        "xCustomerUserAgent": extension.user_agent,
    }
