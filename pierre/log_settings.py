"""What is logged, and where: `pierre.logs` gives a line its form."""

from typing import Any


def logging(*, level: str) -> dict[str, Any]:
    """Return Django's LOGGING, for the least level that is told ("INFO")."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "pierre.logs.JsonFormatter"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
            # Without any handler logging would print what is meant to be silent, and as plain text.
            "nowhere": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": ["stderr"], "level": level, "propagate": False},
            # At DEBUG it prints the whole context of a template whenever a name is missing there.
            "django.template": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
            # A 4xx is the caller's affair and stands in the access log.
            "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
            # Told whatever LOG_LEVEL says: the log is one of the places where the seals are kept.
            "accounts.seals": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
            "procrastinate": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
        },
    }
