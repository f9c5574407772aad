"""Bodies that the simulator accepts, and where they go."""

import copy
from typing import Any

URL = "/simulator/graph/v26.0/106540352242922/messages"
ACCOUNT = "/simulator/graph/v26.0/102290129340398"
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
FLOW = {
    "type": "flow",
    "body": {"text": "Conecte seu banco"},
    "action": {
        "name": "flow",
        "parameters": {
            "flow_message_version": "3",
            "flow_id": "2361400990715627",
            "flow_token": "a-token",
            "flow_cta": "Conectar banco",
            "flow_action": "data_exchange",
        },
    },
}
PUBLISHED_FLOW = {"flow_id": "2361400990715627", "name": "bancos", "status": "PUBLISHED"}
# As Meta holds it, and as a message names it.
TEMPLATE: dict[str, Any] = {
    "name": "conexao_pendente",
    "language": "pt_BR",
    "category": "UTILITY",
    "status": "APPROVED",
    "components": [
        {
            "type": "BODY",
            "text": "Oi, {{1}}! Escolha seu banco.",
            "example": {"body_text": [["Ana"]]},
        },
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Nubank"},
                {
                    "type": "URL",
                    "text": "Autorizar",
                    "url": "https://pierre.finance/r/{{1}}",
                    "example": ["https://pierre.finance/r/abc"],
                },
            ],
        },
    ],
}
TEMPLATE_MESSAGE: dict[str, Any] = {
    "name": "conexao_pendente",
    "language": {"code": "pt_BR"},
    "components": [
        {"type": "body", "parameters": [{"type": "text", "text": "Ana"}]},
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "0",
            "parameters": [{"type": "payload", "payload": "bank:nubank"}],
        },
        {
            "type": "button",
            "sub_type": "url",
            "index": "1",
            "parameters": [{"type": "text", "text": "abc"}],
        },
    ],
}


def message(kind: str = "text", content: Any = None) -> dict[str, Any]:
    """Return a whole body that the simulator accepts, free to be changed."""
    contents = {"text": {"body": "Oi!"}, "interactive": LIST, "template": TEMPLATE_MESSAGE}
    return copy.deepcopy({**ENVELOPE, "type": kind, kind: content or contents[kind]})
