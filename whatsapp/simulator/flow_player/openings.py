"""How a message opens a Flow: which one, with which token, and what the phone does first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from whatsapp.simulator.flow_player import path as paths
from whatsapp.simulator.flow_player.exceptions import InvalidAnswer, Unplayable
from whatsapp.simulator.flow_player.flow_json import FlowJson
from whatsapp.simulator.flow_player.path import Frame
from whatsapp.simulator.models import SimulatedFlow, SimulatedMessage

# Meta's, for a message that gives none.
_NO_TOKEN = "unused"  # noqa: S105  that is no secret
_ENDPOINT_FIRST = "data_exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What opens a Flow; `path` is its first screen, empty when the endpoint is to say which."""

    flow: SimulatedFlow
    token: str
    path: list[Frame]


def read(message: SimulatedMessage) -> Opening:
    """Return what a Flow message opens; raise Unplayable when there is no such Flow to show."""
    action = message.payload.get("interactive", {}).get("action", {})
    if action.get("name") != "flow":
        raise Unplayable
    parameters = action["parameters"]
    flow = _flow(parameters)
    asks_endpoint = parameters.get("flow_action") == _ENDPOINT_FIRST
    return Opening(
        flow=flow,
        token=parameters.get("flow_token") or _NO_TOKEN,
        path=[] if asks_endpoint else _first(flow, parameters.get("flow_action_payload") or {}),
    )


def _first(flow: SimulatedFlow, payload: Mapping[str, Any]) -> list[Frame]:
    screens = FlowJson(content=flow.flow_json or {})
    first = payload.get("screen") or screens.entry
    try:
        return paths.after([], first, payload.get("data") or {}, flow=screens)
    except InvalidAnswer as error:
        raise Unplayable from error


def _flow(parameters: Mapping[str, Any]) -> SimulatedFlow:
    if "flow_id" in parameters:
        flow = SimulatedFlow.objects.filter(flow_id=parameters["flow_id"]).first()
    else:
        flow = SimulatedFlow.objects.filter(name=parameters.get("flow_name", "")).first()
    if flow is None or not flow.flow_json:
        raise Unplayable
    return flow
