"""The pages that people open from a message; the words are in templates/connect/."""

from openfinance.pages.connecting import connect, decline, here, retry
from openfinance.pages.extending import extend
from openfinance.pages.managing import connections, disconnect, renew
from openfinance.pages.results import result
from openfinance.pages.returning import come_back

__all__ = [
    "come_back",
    "connect",
    "connections",
    "decline",
    "disconnect",
    "extend",
    "here",
    "renew",
    "result",
    "retry",
]
