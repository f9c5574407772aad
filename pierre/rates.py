"""How often somebody may do something, counted exactly over all processes."""

from collections.abc import Callable
from typing import Any

from django_ratelimit.core import get_usage


def wait(request: Any, *, group: str, key: str | Callable[..., str], rate: str) -> int:
    """Count one time, and return the whole seconds until the next is allowed, 0 when this one is.

    `key` says whose time it is, and `rate` how many there are, both as django-ratelimit takes them.
    """
    usage = get_usage(request, group=group, key=key, rate=rate, increment=True)
    if usage is None or not usage["should_limit"]:
        return 0
    # The window still counts through its last second.
    return max(1, int(usage["time_left"]) + 1)
