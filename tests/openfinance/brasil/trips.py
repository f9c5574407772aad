"""A trip to the bank of `bank.py`, made and ended, for tests of what spoils it."""

from openfinance.providers import Departure, Granted, ProviderError, Reason
from openfinance.providers.brasil import BrasilProvider
from openfinance.providers.brasil.returns import Memory
from tests.openfinance.brasil.bank import MTLS, REFERENCE, Bank
from tests.openfinance.brasil.receiver import request


def depart(adapter: BrasilProvider) -> tuple[Departure, Memory]:
    """Start, and return what it remembers too."""
    departure = adapter.start(request(REFERENCE))
    return departure, Memory.read(departure.remembered)


def finish(
    adapter: BrasilProvider,
    bank: Bank,
    memory: Memory,
    returned: dict[str, str],
    *,
    second: str | None = None,
) -> Granted:
    """Finish; `second` is the id_token of the token endpoint, a right one if it is not given."""
    id_token = second or bank.id_token(memory)
    bank.answers("POST", f"{MTLS}/token", bank.tokens(id_token=id_token))
    return adapter.finish(bank=REFERENCE, returned=returned, remembered=memory.write())


def refusal(
    adapter: BrasilProvider,
    bank: Bank,
    memory: Memory,
    returned: dict[str, str],
    *,
    second: str | None = None,
) -> Reason:
    """Finish what has to fail, and return why it did."""
    try:
        finish(adapter, bank, memory, returned, second=second)
    except ProviderError as error:
        return error.reason
    raise AssertionError("it was granted")


def exchanges(bank: Bank) -> int:
    """Return how many codes were brought to the bank."""
    return sum(b"authorization_code" in call.body for call in bank.calls(f"{MTLS}/token"))
