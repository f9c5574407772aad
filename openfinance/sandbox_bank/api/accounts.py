"""One resource that a token opens: the customer's accounts (Accounts API 2.4.2)."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from openfinance.sandbox_bank import times
from openfinance.sandbox_bank.api import envelope
from openfinance.sandbox_bank.api.envelope import Refusal
from openfinance.sandbox_bank.brands import Brand
from openfinance.sandbox_bank.models import Token

_PERMISSION = "ACCOUNTS_READ"


@envelope.resource(version="2.4.2", methods=("GET",))
def accounts(request: HttpRequest, brand: Brand) -> HttpResponse:
    """List the one account that everybody has here."""
    consent = envelope.bearer(request, brand, Token.Kind.ACCESS).consent
    if consent is None or _PERMISSION not in consent.permissions:
        raise Refusal(HTTPStatus.FORBIDDEN, "PROIBIDO", "O consentimento não inclui contas.")
    account = {
        "brandName": brand.name,
        "companyCnpj": "00000000000000",
        "type": "CONTA_DEPOSITO_A_VISTA",
        "compeCode": "999",
        "branchCode": "0001",
        # The same customer has the same account, whichever consent shows it.
        "number": str(int(consent.customer[:8], 16)).zfill(10),
        "checkDigit": "0",
        "accountId": consent.customer[:32],
    }
    meta = {
        "totalRecords": 1,
        "totalPages": 1,
        "requestDateTime": times.write(timezone.now()),
    }
    return envelope.answer(request, [account], status=HTTPStatus.OK, meta=meta)
