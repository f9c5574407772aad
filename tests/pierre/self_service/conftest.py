import pytest
from django.core.cache import caches
from django.test import Client

from accounts.models import User
from tests.pierre.self_service import people


@pytest.fixture(autouse=True)
def _uncounted(db: None) -> None:
    """Let no test be limited by what another one asked for."""
    caches["counters"].clear()


@pytest.fixture
def browser(alice: User) -> Client:
    """Return Alice's browser, signed in a moment ago."""
    return people.enter(alice)
