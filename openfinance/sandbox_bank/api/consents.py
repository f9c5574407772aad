"""The bank's Consents API, version 3.3.1."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from openfinance.sandbox_bank import consents as agreements
from openfinance.sandbox_bank import documents, rules, times
from openfinance.sandbox_bank.api import envelope, extensions, parties
from openfinance.sandbox_bank.api.envelope import Json, Refusal
from openfinance.sandbox_bank.brands import Brand
from openfinance.sandbox_bank.models import BrandState, Consent, Token

_VERSION = "3.3.1"
_LONGEST_ADDRESS = 100
_LONGEST_USER_AGENT = 255


@envelope.resource(version=_VERSION, methods=("POST",))
def consents(request: HttpRequest, brand: Brand) -> HttpResponse:
    """Create a consent, maybe for fewer permissions than were asked for."""
    envelope.bearer(request, brand, Token.Kind.CLIENT)
    data = envelope.body(request)
    names, who, expires_at = parties.names(data), parties.parties(data), parties.term(data)
    try:
        rules.require_combination(names, has_business=bool(who.cnpj))
        rules.require_term(expires_at)
        granted = rules.offered(names, lacks=BrandState.of(brand.slug).lacks)
    except rules.Unprocessable as error:
        raise _unprocessable(error) from None
    consent = Consent.objects.create(
        brand=brand.slug,
        customer=documents.customer(who.cpf),
        cnpj=who.cnpj,
        permissions=granted,
        expires_at=expires_at,
    )
    return _told(request, consent, status=HTTPStatus.CREATED)


@envelope.resource(version=_VERSION, methods=("GET", "DELETE"))
def consent(request: HttpRequest, brand: Brand, urn: str) -> HttpResponse:
    """Show a consent, or end it at its customer's wish."""
    envelope.bearer(request, brand, Token.Kind.CLIENT)
    found = _found(brand, urn)
    if request.method == "GET":
        return _told(request, found, status=HTTPStatus.OK)
    if not agreements.end_for_customer(found):
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "CONSENTIMENTO_EM_STATUS_REJEITADO")
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@envelope.resource(version=_VERSION, methods=("POST",))
def extends(request: HttpRequest, brand: Brand, urn: str) -> HttpResponse:
    """Give a consent a longer term, with its customer's own token."""
    token = envelope.bearer(request, brand, Token.Kind.ACCESS)
    found = _found(brand, urn)
    address = _header(request, "x-fapi-customer-ip-address", longest=_LONGEST_ADDRESS)
    user_agent = _header(request, "x-customer-user-agent", longest=_LONGEST_USER_AGENT)
    data = envelope.body(request)
    who, expires_at = parties.parties(data), parties.term(data)
    is_theirs = found.customer == documents.customer(who.cpf) or bool(found.cnpj)
    if token.consent_id != found.pk or not is_theirs or who.cnpj != found.cnpj:
        raise Refusal(HTTPStatus.FORBIDDEN, "PROIBIDO", "O consentimento é de outra pessoa.")
    several = BrandState.of(brand.slug).needs_several_approvers
    try:
        rules.require_extendable(found, needs_several_approvers=several)
        rules.require_longer_term(found, expires_at)
    except rules.Unprocessable as error:
        raise _unprocessable(error) from None
    if not agreements.extend(
        found, expires_at=expires_at, cpf=who.cpf, address=address, user_agent=user_agent
    ):
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "ESTADO_CONSENTIMENTO_INVALIDO")
    return _told(request, found, status=HTTPStatus.CREATED)


@envelope.resource(version=_VERSION, methods=("GET",))
def history(request: HttpRequest, brand: Brand, urn: str) -> HttpResponse:
    """List the extensions of a consent, the newest first."""
    envelope.bearer(request, brand, Token.Kind.CLIENT)
    return extensions.page(request, _found(brand, urn))


def _found(brand: Brand, urn: str) -> Consent:
    consent = agreements.find(brand=brand.slug, urn=urn)
    if consent is None:
        raise Refusal(HTTPStatus.NOT_FOUND, "NAO_ENCONTRADO", "Não há esse consentimento.")
    return consent


def _header(request: HttpRequest, name: str, *, longest: int) -> str:
    value = request.headers.get(name, "")
    if not value or value != value.strip() or len(value) > longest:
        raise Refusal(HTTPStatus.BAD_REQUEST, "PARAMETRO_INVALIDO", f"{name} é inválido.")
    return value


def _unprocessable(error: rules.Unprocessable) -> Refusal:
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, error.code)


def _told(request: HttpRequest, consent: Consent, *, status: HTTPStatus) -> HttpResponse:
    data: Json = {
        "consentId": consent.urn,
        "creationDateTime": times.write(consent.created_at),
        "status": consent.status,
        "statusUpdateDateTime": times.write(consent.changed_at),
        "permissions": consent.permissions,
    }
    if consent.expires_at:
        data["expirationDateTime"] = times.write(consent.expires_at)
    if consent.code:
        reason = {"code": consent.code, "additionalInformation": consent.note}
        told = {name: value for name, value in reason.items() if value}
        data["rejection"] = {"rejectedBy": consent.rejected_by, "reason": told}
    return envelope.answer(request, data, status=status)
