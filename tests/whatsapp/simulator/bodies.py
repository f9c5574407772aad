"""Bodies that the simulator accepts, and where they go."""

import copy
from typing import Any

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
