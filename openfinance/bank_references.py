"""What a provider needs to find a bank, and what a bank's row lacks of it."""

from typing import Final

from openfinance.directory import names
from openfinance.models import Bank

# Of what `brasil` cannot do without, the addresses.
_ADDRESSES: Final = ("issuer", "consents_url")


def problems(provider: str, reference: object) -> list[str]:
    """Return what a provider would miss in a reference; nothing when it can use it."""
    if not isinstance(reference, dict):
        return ["A referência é um objeto: {…}."]
    match provider:
        case Bank.Provider.BRASIL:
            found = [
                f"{key}: precisa ser um endereço https."
                for key in _ADDRESSES
                if not names.host(reference.get(key))
            ]
            if "discovery_url" in reference and not names.host(reference["discovery_url"]):
                found.append("discovery_url: precisa ser um endereço https, ou ficar de fora.")
            if not isinstance(reference.get("client_id"), str) or not reference["client_id"]:
                found.append("client_id: falta; ele vem do nosso registro no banco.")
            return found
        case Bank.Provider.PLUGGY if type(reference.get("connector_id")) is not int:
            return ["connector_id: precisa ser o número do conector."]
    return []
