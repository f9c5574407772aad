"""gunicorn's settings, `gunicorn -c python:pierre.gunicorn`: threads, for calls that wait."""

import io
import os
import sys

import django
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from gunicorn.arbiter import Arbiter

from pierre import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pierre.settings")

wsgi_app = "pierre.wsgi"
bind = env.text("WEB_BIND", "0.0.0.0:8000")
worker_class = "gthread"
workers = env.whole("WEB_WORKERS", os.cpu_count() or 1, least=1)
threads = env.whole("WEB_THREADS", 128, least=1)
# Longer than a proxy, or our own client, keeps an idle connection: they must be the ones to close.
keepalive = 75
# A header of 8 KB is junk, but it is our JSON that says so and not the server's HTML.
limit_request_field_size = 16_384
# Longer than a call to WhatsApp may take, so that a restart cuts none in the middle.
graceful_timeout = 40
control_socket_disable = True
accesslog = env.text("WEB_ACCESS_LOG") or None
# The path alone: a query may hold what somebody put there by mistake.
access_log_format = "%(m)s %(U)s %(s)s %(b)s bytes %(M)s ms %({x-request-id}o)s"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "pierre.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": [], "level": "INFO"},
    "loggers": {
        name: {"handlers": ["stderr"], "level": "INFO", "propagate": False}
        for name in ("gunicorn.error", "gunicorn.access")
    },
}


def on_starting(server: Arbiter) -> None:
    """Refuse to serve with settings that `manage.py check` finds wrong."""
    django.setup()
    try:
        call_command("check", stdout=io.StringIO())
    except SystemCheckError as error:
        sys.exit(str(error))
