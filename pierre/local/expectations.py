"""What the contract says each of the cast gets, so that the demo can tell whether it happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PATH = "/tools/api/get-open-finance-connection-flow"
CONNECTIONS = "/tools/api/get-open-finance-connections"
ACCEPTED = '{"status": "accepted", "message": "WhatsApp flow sent successfully"}'
SEVEN = (
    "Nubank",
    "Itaú",
    "Bradesco",
    "Banco do Brasil",
    "Santander",
    "Caixa Econômica Federal",
    "Inter",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The answer to the call, and the kind of the one message on the phone; None for no message."""

    status: int
    body: str
    message: str | None


# Nobody has written yet, so that what goes out is an approved template.
FLOW = Expectation(status=200, body=ACCEPTED, message="conexao_escolher_banco")
NOTICE = Expectation(status=200, body=ACCEPTED, message="aviso_premium")
NO_PLAN = Expectation(status=401, body='"type": "inactive_subscription"', message=None)

BY_NAME = {"alice": FLOW, "bruno": NOTICE, "clara": NOTICE, "davi": NO_PLAN}


def faults(
    expected: Expectation, *, status: int, body: str, messages: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return what differs from the contract, in words; an empty list when nothing does."""
    found = []
    if status != expected.status:
        found.append(f"the status is {status}, not {expected.status}")
    if expected.body not in body:
        found.append(f"the body lacks {expected.body}")
    kinds = [kind(message) for message in messages]
    if kinds != ([expected.message] if expected.message else []):
        found.append(f"the phone got {kinds or 'nothing'}, not {expected.message or 'nothing'}")
    elif expected == FLOW and (banks := choices(messages[0]))[:7] != list(SEVEN):
        found.append(f"the banks begin with {banks[:7]}")
    return found


def kind(message: Mapping[str, Any]) -> str:
    """Return what kind a phone's message is: "list", "flow", …, or a template by its name."""
    payload = message["payload"]
    if payload["type"] == "template":
        return str(payload["template"]["name"])
    return str(payload["interactive"]["type"] if "interactive" in payload else payload["type"])


def choices(message: Mapping[str, Any]) -> list[str]:
    """Return what a message gives to choose from: the rows of a list, else its buttons."""
    shown = message["shown"]
    return list(shown["rows"] or [button["text"] for button in shown["buttons"]])
