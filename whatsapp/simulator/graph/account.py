"""The rest that is set up once: the number's key for Flows, and the webhooks of the account."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from whatsapp.simulator.graph import asking
from whatsapp.simulator.models import EncryptionKey
from whatsapp.simulator.refusals import Refusal

_BITS = 2048


@asking.answering("GET", "POST")
def encryption(request: HttpRequest, node: str) -> HttpResponse:
    """Show or set the public key that phones encrypt for (reference §6.3)."""
    asking.require_number(node)
    if request.method == "POST":
        pem = str(asking.parameters(request).get("business_public_key", ""))
        _require_key(pem)
        EncryptionKey.objects.update_or_create(pk=EncryptionKey.ONLY, defaults={"public_key": pem})
        return asking.success()
    held = [
        {
            "business_public_key": key.public_key,
            "business_public_key_signature_status": "VALID",
        }
        for key in EncryptionKey.objects.all()
    ]
    return JsonResponse({"data": held})


@asking.answering("GET", "POST")
def subscribed_apps(request: HttpRequest, node: str) -> HttpResponse:
    """Say that the app hears the account's webhooks, as it always does here."""
    asking.require_account(node)
    if request.method == "POST":
        return asking.success()
    app = {"id": "1", "name": settings.SIMULATOR["BUSINESS_NAME"]}
    return JsonResponse({"data": [{"whatsapp_business_api_data": app}]})


def _require_key(pem: str) -> None:
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError as error:
        raise Refusal(100, "Param business_public_key is no public key in PEM") from error
    if not isinstance(key, RSAPublicKey) or key.key_size != _BITS:
        raise Refusal(100, f"Param business_public_key must be an RSA key of {_BITS} bits")
