"""Who and what a request about a consent names, in the shape that the specification draws."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from openfinance import permissions
from openfinance.sandbox_bank import documents, times
from openfinance.sandbox_bank.api.envelope import Refusal

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """The logged user and the business whose data are meant, "" for a person's own."""

    cpf: str = field(repr=False)
    cnpj: str = field(repr=False)


def parties(data: Json) -> Parties:
    """Return the documents that a body names. Raises Refusal for one that cannot exist."""
    if "loggedUser" not in data:
        raise Refusal(HTTPStatus.BAD_REQUEST, "PARAMETRO_NAO_INFORMADO", "Falta loggedUser.")
    cnpj = ""
    if "businessEntity" in data:
        cnpj = _document(data, "businessEntity", rel="CNPJ", is_right=documents.is_cnpj)
    cpf = _document(data, "loggedUser", rel="CPF", is_right=documents.is_cpf)
    return Parties(cpf=cpf, cnpj=cnpj)


def term(data: Json) -> datetime | None:
    """Return when the term that a body asks for ends, None for one without an end."""
    if "expirationDateTime" not in data:
        return None
    try:
        return times.read(data["expirationDateTime"])
    except (ValueError, TypeError):
        raise _invalid("expirationDateTime") from None


def names(data: Json) -> list[str]:
    """Return the permissions that a body asks for, each once. Raises Refusal for an unknown one."""
    found = data.get("permissions")
    if not isinstance(found, list) or not found:
        raise Refusal(HTTPStatus.BAD_REQUEST, "PARAMETRO_NAO_INFORMADO", "Faltam permissões.")
    if not all(isinstance(name, str) and name in permissions.KNOWN for name in found):
        raise _invalid("permissions")
    if len(set(found)) != len(found):
        raise Refusal(HTTPStatus.BAD_REQUEST, "PARAMETRO_INVALIDO", "Há permissões repetidas.")
    return found


def _document(data: Json, name: str, *, rel: str, is_right: Callable[[str], bool]) -> str:
    try:
        document = data[name]["document"]
        number, kind = document["identification"], document["rel"]
    except (KeyError, TypeError):
        raise _invalid(name) from None
    if kind != rel or not isinstance(number, str) or not is_right(number):
        raise _invalid(name)
    return number


def _invalid(name: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "PARAMETRO_INVALIDO", f"{name} é inválido.")
