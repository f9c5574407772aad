from whatsapp.simulator.models.account import (
    EncryptionKey,
    Review,
    SimulatedFlow,
    SimulatedTemplate,
)
from whatsapp.simulator.models.faults import FINE, Fault, Mode, Trouble
from whatsapp.simulator.models.messages import SimulatedMessage
from whatsapp.simulator.models.phones import SimulatedPhone
from whatsapp.simulator.models.sessions import FlowSession
from whatsapp.simulator.models.webhooks import SimulatedWebhook, Telling

__all__ = [
    "FINE",
    "EncryptionKey",
    "Fault",
    "FlowSession",
    "Mode",
    "Review",
    "SimulatedFlow",
    "SimulatedMessage",
    "SimulatedPhone",
    "SimulatedTemplate",
    "SimulatedWebhook",
    "Telling",
    "Trouble",
]
