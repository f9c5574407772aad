import copy
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from whatsapp.simulator.models import SimulatedPhone

URL = "/simulator/graph/v26.0/106540352242922/messages"
TOKEN = "test-access-token"

ENVELOPE = {
    "messaging_product": "whatsapp",
    "recipient_type": "individual",
    "to": "+5511987654321",
    "biz_opaque_callback_data": "a-uuid",
}
LIST = {
    "type": "list",
    "header": {"type": "text", "text": "Conectar"},
    "body": {"text": "Escolha"},
    "footer": {"text": "Open Finance"},
    "action": {
        "button": "Ver bancos",
        "sections": [{"rows": [{"id": "bank:nubank", "title": "Nubank"}]}],
    },
}
LINK = {
    "type": "cta_url",
    "body": {"text": "Assine"},
    "action": {
        "name": "cta_url",
        "parameters": {"display_text": "Ver planos", "url": "https://pierre.finance/plans"},
    },
}
BUTTONS = {
    "type": "button",
    "body": {"text": "De novo?"},
    "action": {"buttons": [{"type": "reply", "reply": {"id": "yes", "title": "Sim"}}]},
}


def message(kind: str = "text", content: Any = None) -> dict[str, Any]:
    """Return a whole body that the simulator accepts, free to be changed."""
    contents = {"text": {"body": "Oi!"}, "interactive": LIST}
    return copy.deepcopy({**ENVELOPE, "type": kind, kind: content or contents[kind]})


Send = Callable[..., Any]


@pytest.fixture
def phone(db: None) -> SimulatedPhone:
    return SimulatedPhone.objects.create(number="+5511987654321", name="Alice")


@pytest.fixture
def send(db: None, client: Client) -> Send:
    def post(body: Any, *, url: str = URL, token: str = TOKEN) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return client.post(url, body, content_type="application/json", headers=headers)

    return post
