from openfinance.models.banks import Bank
from openfinance.models.conversations import Conversation
from openfinance.models.flow_tokens import FlowToken
from openfinance.models.flows import Flow
from openfinance.models.links import ConnectionLink

__all__ = ["Bank", "ConnectionLink", "Conversation", "Flow", "FlowToken"]
