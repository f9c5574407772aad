"""What a bank's HTTP answer means: its JSON, or the error that it stands for."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from openfinance.providers.brasil.transport import Answer
from openfinance.providers.errors import ProviderError, Reason

_CODE = re.compile(r"[A-Za-z_]{1,60}")
_SERVER_ERRORS = range(500, 600)

ALREADY_ENDED: Final = "CONSENTIMENTO_EM_STATUS_REJEITADO"

# The codes of a 422 of the Consents API 3.3.1.
_UNPROCESSABLE: Final[Mapping[str, Reason]] = MappingProxyType(
    {
        "SEM_PERMISSOES_FUNCIONAIS_RESTANTES": Reason.NOTHING_TO_SHARE,
        "INFORMACOES_PJ_NAO_INFORMADAS": Reason.BUSINESS_MISSING,
        "PERMISSOES_PJ_INCORRETAS": Reason.BUSINESS_PERMISSIONS,
        "PERMISSAO_PF_PJ_EM_CONJUNTO": Reason.PERSON_AND_BUSINESS,
        "COMBINACAO_PERMISSOES_INCORRETA": Reason.INCOMPLETE_GROUP,
        "DATA_EXPIRACAO_INVALIDA": Reason.WRONG_TERM,
        "DEPENDE_MULTIPLA_ALCADA": Reason.SEVERAL_APPROVERS,
        "ESTADO_CONSENTIMENTO_INVALIDO": Reason.NOT_EXTENDABLE,
        ALREADY_ENDED: Reason.CONSENT_ENDED,
    }
)
# The `error` of an OAuth answer (RFC 6749 §5.2, RFC 9126 §2.3); what is not here is our request's.
_OAUTH: Final[Mapping[str, Reason]] = MappingProxyType(
    {
        "invalid_client": Reason.CLIENT_REFUSED,
        "unauthorized_client": Reason.CLIENT_REFUSED,
        "invalid_grant": Reason.CODE_REFUSED,
        "server_error": Reason.BANK_DOWN,
        "temporarily_unavailable": Reason.BANK_DOWN,
    }
)


def json_object(answer: Answer) -> dict[str, Any]:
    """Return the answer's JSON object; raise ProviderError with BAD_ANSWER for anything else."""
    content = _lenient(answer)
    if content is None:
        raise bad("no JSON object", answer)
    return content


def bad(details: str, answer: Answer | None = None) -> ProviderError:
    """Return the error for what the specification does not allow a bank to answer."""
    status = answer.status if answer else None
    return ProviderError(reason=Reason.BAD_ANSWER, details=details, http_status=status)


def refusal(answer: Answer) -> ProviderError:
    """Return the error that an answer of the Consents API stands for."""
    code = api_code(answer)
    reason = _of_status(answer.status)
    match answer.status:
        case HTTPStatus.UNPROCESSABLE_ENTITY:
            reason = _UNPROCESSABLE.get(code, Reason.UNPROCESSABLE)
        case HTTPStatus.NOT_FOUND:
            reason = Reason.CONSENT_UNKNOWN
    return ProviderError(reason=reason, details=code, http_status=answer.status)


def oauth_refusal(answer: Answer) -> ProviderError:
    """Return the error that an answer of the token, PAR or registration endpoint stands for."""
    content = _lenient(answer) or {}
    code = _safe_code(content.get("error"))
    reason = _OAUTH.get(code) or _of_status(answer.status)
    return ProviderError(reason=reason, details=code, http_status=answer.status)


def api_code(answer: Answer) -> str:
    """Return the code of the first error that an answer of the Consents API tells, "" if none."""
    errors = (_lenient(answer) or {}).get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return _safe_code(first.get("code")) if isinstance(first, dict) else ""


def _of_status(status: int) -> Reason:
    match status:
        case HTTPStatus.TOO_MANY_REQUESTS | 529:  # 529: overloaded
            return Reason.BANK_BUSY
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return Reason.CLIENT_REFUSED
        case _ if status in _SERVER_ERRORS:
            return Reason.BANK_DOWN
        case _ if status >= HTTPStatus.BAD_REQUEST:
            return Reason.REQUEST_REFUSED
    return Reason.BAD_ANSWER


def _safe_code(value: object) -> str:
    """Return a code that is one: whatever else a bank writes there may be about the person."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""


def _lenient(answer: Answer) -> dict[str, Any] | None:
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
