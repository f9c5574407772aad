import pytest

from tests.openfinance.sandbox_bank.receiver import Receiver


@pytest.fixture
def receiver(db: None) -> Receiver:
    """Return a receiver that knows the bank as a client of its own."""
    return Receiver()
