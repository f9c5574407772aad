"""Where is counted what people and addresses ask for."""

from typing import Any


def caches(*, redis_url: str) -> dict[str, Any]:
    """Return Django's CACHES; "" for the URL where there is no Redis."""
    return {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        # Exact with any number of processes: what one person may ask for.
        "counters": (
            {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url}
            if redis_url
            else {"BACKEND": "pierre.counters.PostgresCounters"}
        ),
        # Must cost no query, so each process counts for itself unless there is a Redis.
        "addresses": (
            {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url}
            if redis_url
            else {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "LOCATION": "addresses",
                "OPTIONS": {"MAX_ENTRIES": 100_000},
            }
        ),
    }
