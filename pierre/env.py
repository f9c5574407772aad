"""Strict readers of the environment: a value that cannot be read stops the start, with its name."""

import os
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_SMTP_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}


def load(path: Path) -> None:
    """Read a .env file, when there is one; what the environment already says wins."""
    if path.is_file():
        environ.Env.read_env(path, overwrite=False)


def text(name: str, default: str = "") -> str:
    """Return the value without the blanks around it; an empty value counts as unset.

    Read as it stands: django-environ would take a value that starts with "$" for a reference.
    """
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    """Return a yes or no; raise ImproperlyConfigured for anything that is neither."""
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, yes or no, true or false.")


def whole(name: str, default: int, *, least: int = 0) -> int:
    """Return a whole number of at least `least`; raise ImproperlyConfigured for anything else."""
    value = text(name)
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}.")
    return int(value)


def seconds(name: str, default: float) -> float:
    """Return a positive number of seconds; raise ImproperlyConfigured for anything else."""
    value = text(name)
    if not value:
        return default
    try:
        number = float(value)
    except ValueError:
        number = -1
    if not 0 < number < float("inf"):
        raise ImproperlyConfigured(f"{name} must be a number of seconds above 0.")
    return number


def names(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Return the items of a comma-separated value, without blanks and empty items."""
    return [item.strip() for item in text(name).split(",") if item.strip()] or list(default)


def database(name: str) -> dict[str, object]:
    """Return Django's settings for a postgres:// URL; raise ImproperlyConfigured for another."""
    url = text(name)
    if not url.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(
            f"{name} must be a postgres:// URL: PostgreSQL is all we run on."
        )
    return dict(environ.Env.db_url_config(url, engine="django.db.backends.postgresql"))


def mail(name: str) -> dict[str, Any]:
    """Return Django's settings for an smtp://, smtp+tls:// or smtp+ssl:// URL, {} when it is unset.

    Raises ImproperlyConfigured for another.
    """
    url = text(name)
    if not url:
        return {}
    scheme = url.partition("://")[0]
    if scheme not in _SMTP_PORTS:
        raise ImproperlyConfigured(f"{name} must be an smtp+tls:// URL, or smtp+ssl:// or smtp://.")
    found = dict(environ.Env.email_url_config(url))
    found["EMAIL_PORT"] = found["EMAIL_PORT"] or _SMTP_PORTS[scheme]
    return found
