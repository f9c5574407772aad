"""What the sheet over a phone shows of an open Flow."""

from collections.abc import Sequence
from dataclasses import dataclass

from whatsapp.simulator.flow_player import parts
from whatsapp.simulator.flow_player.parts import Part
from whatsapp.simulator.models import FlowSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One look at a Flow: its screen's title and parts, with the Footer apart from the others."""

    session: FlowSession
    title: str
    parts: Sequence[Part]
    footer: Part | None


def show(session: FlowSession) -> Sheet:
    """Build the sheet; one whose first screen never came has no parts."""
    if not session.path:
        return Sheet(session=session, title="", parts=(), footer=None)
    shown = list(parts.show(session.screen, session.scope))
    footer = next((part for part in shown if part.type == "Footer"), None)
    return Sheet(
        session=session,
        title=str(session.scope.fill(session.screen.get("title", ""))),
        parts=[part for part in shown if part is not footer],
        footer=footer,
    )
