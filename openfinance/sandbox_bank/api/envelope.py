"""What every resource of the bank has in common: its headers, its errors, and who may call it."""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from openfinance.sandbox_bank import times, tokens
from openfinance.sandbox_bank.brands import Brand
from openfinance.sandbox_bank.models import BrandState, Token

View = Callable[..., HttpResponse]
Json = dict[str, Any]

INTERACTION_ID = "x-fapi-interaction-id"
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_JSON = "application/json"


class Refusal(Exception):
    """A resource refuses; `code` and `detail` are told to the receiver."""

    def __init__(self, status: HTTPStatus, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail or code


def resource(*, version: str, methods: tuple[str, ...]) -> Callable[[View], View]:
    """Make a view of this version of an API answer as the specification has it, errors too."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, brand: Brand, **kwargs: str) -> HttpResponse:
            given = request.headers.get(INTERACTION_ID, "")
            is_right = _UUID.fullmatch(given) is not None
            try:
                _require_sound(request, brand, methods=methods, is_identified=is_right)
                response = view(request, brand, **kwargs)
            except Refusal as refusal:
                response = _refused(refusal)
            # Whoever names none is told by which one it can be talked about.
            response[INTERACTION_ID] = given if is_right else str(uuid.uuid4())
            response["x-v"] = version
            return response

        return guarded

    return decorate


def bearer(request: HttpRequest, brand: Brand, *kinds: Token.Kind) -> Token:
    """Return the token that the request comes with. Raises Refusal."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    token = tokens.read(text, brand=brand.slug) if scheme.lower() == "bearer" else None
    if token is None:
        raise Refusal(HTTPStatus.UNAUTHORIZED, "NAO_AUTORIZADO", "O token não vale.")
    if token.kind not in kinds:
        raise Refusal(HTTPStatus.FORBIDDEN, "PROIBIDO", "O token não é para este recurso.")
    return token


def body(request: HttpRequest) -> Json:
    """Return the `data` of the request's JSON. Raises Refusal."""
    if request.content_type != _JSON:
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "FORMATO_NAO_SUPORTADO")
    try:
        content = json.loads(request.body)
    except (ValueError, RecursionError):
        content = None
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict):
        raise Refusal(HTTPStatus.BAD_REQUEST, "PARAMETRO_NAO_INFORMADO", "Falta o objeto data.")
    return data


def answer(request: HttpRequest, data: object, *, status: HTTPStatus, **more: Json) -> JsonResponse:
    """Build an answer with its links and times; `more` replaces or adds parts."""
    told: Mapping[str, object] = {
        "data": data,
        "links": {"self": request.build_absolute_uri()},
        "meta": {"requestDateTime": times.write(timezone.now())},
    }
    return JsonResponse({**told, **more}, status=status)


def _require_sound(
    request: HttpRequest, brand: Brand, *, methods: tuple[str, ...], is_identified: bool
) -> None:
    if BrandState.of(brand.slug).is_down:
        raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "SERVICO_INDISPONIVEL")
    if request.method not in methods:
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "METODO_NAO_PERMITIDO")
    if not request.accepts(_JSON):
        raise Refusal(HTTPStatus.NOT_ACCEPTABLE, "FORMATO_NAO_ACEITO")
    if not is_identified:
        raise Refusal(HTTPStatus.BAD_REQUEST, "PARAMETRO_INVALIDO", f"{INTERACTION_ID} não é UUID.")


def _refused(refusal: Refusal) -> JsonResponse:
    error = {"code": refusal.code, "title": refusal.code, "detail": refusal.detail}
    told = {"errors": [error], "meta": {"requestDateTime": times.write(timezone.now())}}
    return JsonResponse(told, status=refusal.status, content_type="application/json; charset=utf-8")
