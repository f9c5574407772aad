"""What the bank demands of a consent beyond the shape that the specification draws.

The codes are those of a 422 of the Consents API 3.3.1.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from openfinance import permissions
from openfinance.permissions import Group
from openfinance.sandbox_bank.models import Consent

_OF_PEOPLE = "CUSTOMERS_PERSONAL_"
_OF_BUSINESSES = "CUSTOMERS_BUSINESS_"
# A year, whichever it is.
_LONGEST_TERM = timedelta(days=366)


class Unprocessable(Exception):
    """The request is well formed and not granted; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def require_combination(names: Sequence[str], *, has_business: bool) -> None:
    """Raise Unprocessable unless the permissions are whole groups of one kind of customer."""
    of_people = any(name.startswith(_OF_PEOPLE) for name in names)
    of_businesses = any(name.startswith(_OF_BUSINESSES) for name in names)
    if of_people and of_businesses:
        raise Unprocessable("PERMISSAO_PF_PJ_EM_CONJUNTO")
    if of_businesses and not has_business:
        raise Unprocessable("INFORMACOES_PJ_NAO_INFORMADAS")
    if of_people and has_business:
        raise Unprocessable("PERMISSOES_PJ_INCORRETAS")
    if permissions.stray(names):
        raise Unprocessable("COMBINACAO_PERMISSOES_INCORRETA")


def offered(names: Sequence[str], *, lacks: Iterable[str]) -> list[str]:
    """Return the permissions without those of groups that the bank does not offer.

    Raises Unprocessable when nothing of use remains.
    """
    groups = [group for group in permissions.groups(names) if group not in set(lacks)]
    kept = {name for group in groups for name in permissions.PERMISSIONS[Group(group)]}
    if not kept - {permissions.RESOURCES}:
        raise Unprocessable("SEM_PERMISSOES_FUNCIONAIS_RESTANTES")
    return [name for name in names if name in kept]


def require_term(expires_at: datetime | None) -> None:
    """Raise Unprocessable for a term that is over or longer than a year; None has no end."""
    now = timezone.now()
    if expires_at is not None and not now < expires_at <= now + _LONGEST_TERM:
        raise Unprocessable("DATA_EXPIRACAO_INVALIDA")


def require_longer_term(consent: Consent, expires_at: datetime | None) -> None:
    """Raise Unprocessable unless the term is longer than the consent's own; None has no end."""
    if expires_at is not None and (consent.expires_at is None or expires_at <= consent.expires_at):
        raise Unprocessable("DATA_EXPIRACAO_INVALIDA")
    require_term(expires_at)


def require_extendable(consent: Consent, *, needs_several_approvers: bool) -> None:
    """Raise Unprocessable for a consent that cannot be extended without going to the bank."""
    if consent.status != Consent.Status.AUTHORISED:
        raise Unprocessable("ESTADO_CONSENTIMENTO_INVALIDO")
    if needs_several_approvers:
        raise Unprocessable("DEPENDE_MULTIPLA_ALCADA")
