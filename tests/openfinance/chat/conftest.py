import pytest

from accounts.models import User
from openfinance import catalogue
from tests.openfinance.chat import phone
from tests.openfinance.chat.phone import Phone


@pytest.fixture(autouse=True)
def _banks(db: None) -> None:
    catalogue.sync()


@pytest.fixture
def hers(alice: User) -> Phone:
    """Return Alice's phone."""
    return phone.of(alice)
