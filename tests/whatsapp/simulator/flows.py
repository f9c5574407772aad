"""A small Flow with a data endpoint, and the message that opens it."""

import copy
from typing import Any

from tests.whatsapp.simulator.bodies import message
from whatsapp.simulator.models import SimulatedFlow, SimulatedMessage, SimulatedPhone

URL = "https://bank.example/flows"
TOKEN = "a-flow-token"

FLOW: dict[str, Any] = {
    "version": "7.3",
    "data_api_version": "3.0",
    "routing_model": {"CHOOSE": ["STEPS"], "STEPS": ["DONE"], "DONE": []},
    "screens": [
        {
            "id": "CHOOSE",
            "title": "Escolha",
            "layout": {
                "type": "SingleColumnLayout",
                "children": [
                    {"type": "TextInput", "name": "query", "label": "Nome", "required": False},
                    {
                        "type": "EmbeddedLink",
                        "text": "Buscar",
                        "on-click-action": {
                            "name": "data_exchange",
                            "payload": {"step": "search", "query": "${form.query}"},
                        },
                    },
                    {
                        "type": "RadioButtonsGroup",
                        "name": "bank",
                        "label": "Bancos",
                        "required": True,
                        "data-source": "${data.banks}",
                    },
                    {
                        "type": "Footer",
                        "label": "Continuar",
                        "on-click-action": {
                            "name": "data_exchange",
                            "payload": {"step": "choose", "bank": "${form.bank}"},
                        },
                    },
                ],
            },
        },
        {
            "id": "STEPS",
            "title": "Como funciona",
            "refresh_on_back": True,
            "layout": {
                "type": "SingleColumnLayout",
                "children": [
                    {"type": "TextHeading", "text": "${data.bank}"},
                    {
                        "type": "Footer",
                        "label": "Entendi",
                        "on-click-action": {
                            "name": "navigate",
                            "next": {"type": "screen", "name": "DONE"},
                            "payload": {"bank": "${screen.CHOOSE.form.bank}"},
                        },
                    },
                ],
            },
        },
        {
            "id": "DONE",
            "title": "Pronto",
            "terminal": True,
            "layout": {
                "type": "SingleColumnLayout",
                "children": [
                    {"type": "TextBody", "text": "Falta autorizar."},
                    {
                        "type": "Footer",
                        "label": "Voltar",
                        "on-click-action": {
                            "name": "complete",
                            "payload": {"bank": "${data.bank}"},
                        },
                    },
                ],
            },
        },
    ],
}
# The numbers of the parts above.
SEARCH, CONTINUE = 1, 3
FOOTER = 1

BANKS = [{"id": "nubank", "title": "Nubank"}, {"id": "itau", "title": "Itaú"}]
CHOOSE = {"screen": "CHOOSE", "data": {"banks": BANKS}}
STEPS = {"screen": "STEPS", "data": {"bank": "Nubank"}}


def body(**parameters: Any) -> dict[str, Any]:
    """Return the interactive part of a Flow message; parameters win over the usual ones."""
    usual = {
        "flow_message_version": "3",
        "flow_name": "escolher_banco",
        "flow_token": TOKEN,
        "flow_cta": "Escolher banco",
        "flow_action": "data_exchange",
    }
    kept = {name: value for name, value in {**usual, **parameters}.items() if value is not None}
    return {
        "type": "flow",
        "body": {"text": "Qual é o seu banco?"},
        "action": {"name": "flow", "parameters": kept},
    }


def publish(*, url: str = URL, flow_json: dict[str, Any] | None = None) -> SimulatedFlow:
    """Store the Flow as after its upload."""
    return SimulatedFlow.objects.create(
        name="escolher_banco",
        status="PUBLISHED",
        endpoint_uri=url,
        flow_json=copy.deepcopy(flow_json or FLOW),
    )


def receive(phone: SimulatedPhone, interactive: dict[str, Any] | None = None) -> SimulatedMessage:
    """Store a Flow message on a phone."""
    return SimulatedMessage.objects.create(
        phone=phone,
        to=phone.number,
        payload=message("interactive", interactive or body()),
        status=SimulatedMessage.Status.DELIVERED,
    )
