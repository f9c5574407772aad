"""How many bad keys an address presented: a shield that costs no query.

django-ratelimit counts in one cache for all its uses, and ours is PostgreSQL, so this counts the
same way, in fixed windows, in the cache "addresses": the process's memory, or Redis.
"""

import re
import time

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured

_PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def wait(address: str) -> int:
    """Return the seconds until the address is heard again, 0 when it is heard now."""
    most, period = _rate()
    if caches["addresses"].get(_key(address, period), 0) < most:
        return 0
    return period - int(time.time()) % period


def count(address: str) -> None:
    """Count one bad key of the address."""
    _, period = _rate()
    key = _key(address, period)
    caches["addresses"].add(key, 0, period)
    try:
        caches["addresses"].incr(key)
    except ValueError:
        # It ended between the two calls, and with it the window it counted in.
        return


def _key(address: str, period: int) -> str:
    return f"bad-keys:{address}:{int(time.time()) // period}"


def _rate() -> tuple[int, int]:
    """Return how many, in how many seconds, from a text such as "60/m"."""
    rate = re.fullmatch(r"(\d+)/([smhd])", settings.API_BAD_KEY_RATE)
    if rate is None:
        raise ImproperlyConfigured("API_BAD_KEY_RATE must be like 60/m.")
    return int(rate[1]), _PERIODS[rate[2]]
