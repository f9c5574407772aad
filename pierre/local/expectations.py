"""What the contract says each of the cast gets, so that the demo can tell whether it happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PATH = "/tools/api/get-open-finance-connection-flow"
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
    """The answer to the call, and the type of the one message on the phone; None for no message."""

    status: int
    body: str
    message: str | None


FLOW = Expectation(status=200, body=ACCEPTED, message="list")
NOTICE = Expectation(status=200, body=ACCEPTED, message="cta_url")
NO_PLAN = Expectation(status=401, body='"type": "inactive_subscription"', message=None)

BY_NAME = {"alice": FLOW, "bruno": NOTICE, "clara": NOTICE, "davi": NO_PLAN}


def faults(
    expected: Expectation, *, status: int, body: str, payloads: list[Mapping[str, Any]]
) -> list[str]:
    """Return what differs from the contract, in words; an empty list when nothing does."""
    found = []
    if status != expected.status:
        found.append(f"the status is {status}, not {expected.status}")
    if expected.body not in body:
        found.append(f"the body lacks {expected.body}")
    kinds = [payload["interactive"]["type"] for payload in payloads]
    if kinds != ([expected.message] if expected.message else []):
        found.append(f"the phone got {kinds or 'nothing'}, not {expected.message or 'nothing'}")
    elif expected.message == "list" and (rows := titles(payloads[0]))[:7] != list(SEVEN):
        found.append(f"the list starts with {rows[:7]}")
    return found


def titles(payload: Mapping[str, Any]) -> list[str]:
    """Return the titles of a list message's rows, in order."""
    sections = payload["interactive"]["action"]["sections"]
    return [row["title"] for section in sections for row in section["rows"]]
