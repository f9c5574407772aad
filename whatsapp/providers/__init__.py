from whatsapp.providers.base import Accepted, NextStep, Outcome, Provider, SendError

__all__ = ["Accepted", "NextStep", "Outcome", "Provider", "SendError"]
