from openfinance.models.accesses import Access
from openfinance.models.attempts import Attempt
from openfinance.models.banks import Bank
from openfinance.models.connections import Connection
from openfinance.models.consents import Consent, ConsentEvent, ConsentText
from openfinance.models.conversations import Conversation
from openfinance.models.flow_tokens import FlowToken
from openfinance.models.flows import Flow
from openfinance.models.kept_proofs import KeptProof
from openfinance.models.links import ConnectionLink, ManagementLink
from openfinance.models.notices import Notice
from openfinance.models.provider_events import ProviderEvent
from openfinance.models.provider_keys import ProviderKey

__all__ = [
    "Access",
    "Attempt",
    "Bank",
    "Connection",
    "ConnectionLink",
    "Consent",
    "ConsentEvent",
    "ConsentText",
    "Conversation",
    "Flow",
    "FlowToken",
    "KeptProof",
    "ManagementLink",
    "Notice",
    "ProviderEvent",
    "ProviderKey",
]
