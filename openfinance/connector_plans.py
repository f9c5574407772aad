"""Which bank each of Pluggy's connectors leads to, and what that changes in the banks."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from openfinance import registry
from openfinance.models import Bank
from openfinance.providers.errors import ProviderError
from openfinance.providers.pluggy import connectors
from openfinance.providers.pluggy.connectors import Candidate, Connector
from openfinance.serving_plans import Change, Plan, differences

_KEY: Final = "connector_id"


class InvalidConnectors(ValueError):
    """A file of connectors cannot be used; the message says why."""


def read(content: bytes) -> list[Connector]:
    """Return the connectors of an answer of Pluggy's, whole or its results alone.

    Raises InvalidConnectors.
    """
    try:
        answer = json.loads(content)
        rows = answer["results"] if isinstance(answer, dict) else answer
        if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
            return [Connector.read(row) for row in rows]
    except (ValueError, KeyError, RecursionError) as error:
        raise InvalidConnectors("not JSON, or without results") from error
    except ProviderError as error:
        raise InvalidConnectors(error.details) from error
    raise InvalidConnectors("not a list of connectors")


def make(listed: Sequence[Connector], banks: Sequence[Bank], *, today: date) -> Plan:
    """Return what the connectors change; what staff own, and whom they let serve, it leaves."""
    offered = {one.id: one for one in listed if one.audience and not one.is_sandbox}
    matched, problems = _matched(offered, banks)
    changes: list[Change] = []
    left, unchanged = [], []
    for bank in banks:
        connector = matched.get(bank.slug)
        if connector is None:
            continue
        if not _is_ours(bank):
            left.append(bank.slug)
            continue
        found = differences(bank, _way(connector, bank))
        changes += found
        if not found:
            unchanged.append(bank.slug)
    reason = f"{registry.OUTSIDE} (Pluggy, {today:%d/%m/%Y})"
    gone = [
        Change(slug=bank.slug, field="unavailable_reason", old="", new=reason)
        for bank in banks
        if _is_led_to(bank) and bank.slug not in matched
    ]
    return Plan(
        changes=(*changes, *gone),
        gone=tuple(change.slug for change in gone),
        left=tuple(left),
        unchanged=tuple(unchanged),
        problems=problems,
        served_before=sum(_is_led_to(bank) for bank in banks),
    )


def _matched(
    offered: dict[int, Connector], banks: Sequence[Bank]
) -> tuple[dict[str, Connector], tuple[str, ...]]:
    """Return the connector of each bank: the one it has, else the one that is found for it."""
    had = {
        bank.slug: offered[bank.provider_reference[_KEY]]
        for bank in banks
        if bank.provider_reference.get(_KEY) in offered
    }
    used = {connector.id for connector in had.values()}
    mapped = connectors.match(
        [one for one in offered.values() if one.id not in used],
        [_candidate(bank) for bank in banks if bank.slug not in had],
    )
    found = {match.slug: match.connector for match in mapped.matches}
    problems = [f"{one.id} {one.name}: fits more than one" for one in mapped.rivals]
    problems += [f"{one.id} {one.name}: no bank of ours" for one in mapped.unmatched]
    return had | found, tuple(problems)


def _candidate(bank: Bank) -> Candidate:
    return Candidate(
        slug=bank.slug,
        cnpj=bank.cnpj,
        names=(bank.name, *bank.aliases),
        audience=connectors.Audience(bank.audience),
    )


def _is_ours(bank: Bank) -> bool:
    if bank.provider == Bank.Provider.PLUGGY:
        return True
    return not bank.provider and not bank.provider_reference


def _is_led_to(bank: Bank) -> bool:
    is_served = bank.provider == Bank.Provider.PLUGGY and _KEY in bank.provider_reference
    return is_served and not bank.unavailable_reason


def _way(connector: Connector, bank: Bank) -> dict[str, Any]:
    reason = bank.unavailable_reason
    return {
        "provider": Bank.Provider.PLUGGY,
        "provider_reference": {**bank.provider_reference, **connector.reference()},
        "unavailable_reason": "" if reason.startswith(registry.OUTSIDE) else reason,
    }
