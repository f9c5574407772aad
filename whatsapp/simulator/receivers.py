"""The sender of webhooks starts with the first request for the simulator."""

from django.core.signals import request_started
from django.dispatch import receiver
from django.urls import reverse

from whatsapp.simulator.webhooks import sender


@receiver(request_started)
def request_came(environ: dict[str, object], **kwargs: object) -> None:
    """Start it where a real server answers, and so never for a test's client."""
    is_ours = str(environ["PATH_INFO"]).startswith(reverse("simulator-phones"))
    if is_ours and "gunicorn.socket" in environ:
        sender.start()
