"""People who have not written for a day, and what was sent to them."""

from typing import Any

import responses
from django.utils import timezone

from accounts.models import User
from tests.whatsapp import graph as graph_answers
from whatsapp.models import Contact


def close_window(user: User) -> None:
    """Let the 24 hours be over since the user last wrote."""
    Contact.objects.filter(phone=user.phone).update(window_ends_at=timezone.now())


def kinds(graph: responses.RequestsMock) -> list[str]:
    """Return what reached Graph: "list", "cta_url", "flow", or a template by its name."""
    return [_kind(body) for body in graph_answers.sent(graph)]


def _kind(body: dict[str, Any]) -> str:
    if body["type"] == "template":
        return str(body["template"]["name"])
    return str(body["interactive"]["type"])
