"""Which banks of the catalogue the bank of tests plays."""

from openfinance.models import Bank
from openfinance.sandbox_bank.brands import BRANDS


def play() -> list[str]:
    """Serve the banks that nobody serves, and return the slugs of those that this changes.

    A bank with a provider, or a reference for one, is as staff want it.
    """
    free = Bank.objects.filter(slug__in=BRANDS, provider="", provider_reference={})
    slugs = list(free.values_list("slug", flat=True))
    for slug in slugs:
        free.filter(slug=slug).update(
            provider=Bank.Provider.SANDBOX, provider_reference={"brand": slug}
        )
    return slugs
