import secrets
from typing import Any

from django.db import models

from whatsapp.simulator.flow_player import path as paths
from whatsapp.simulator.flow_player.bindings import Scope
from whatsapp.simulator.flow_player.flow_json import FlowJson, Json
from whatsapp.simulator.flow_player.path import Frame
from whatsapp.simulator.models.account import SimulatedFlow
from whatsapp.simulator.models.messages import SimulatedMessage

_TURNS = 2**31


def new_turn() -> int:
    """Return what no other turn of a session is, by all odds."""
    return secrets.randbelow(_TURNS)


class FlowSession(models.Model):
    """A Flow that is open on a phone, or whose token ended: `ended_at`.

    `path` are the screens gone through, the one shown last; `unanswered` is the request that got no
    usable answer, or none yet. `turn` is another after every tap, which is how one of two taps
    wins: no row stays locked while the endpoint is asked.
    """

    message = models.OneToOneField(
        SimulatedMessage, on_delete=models.CASCADE, related_name="flow_session"
    )
    flow = models.ForeignKey(SimulatedFlow, on_delete=models.CASCADE)
    token = models.CharField(max_length=200)
    public_key = models.TextField("chave que o telefone conhece", blank=True)
    turn = models.PositiveIntegerField("vez", default=new_turn)
    path: "models.JSONField[list[Frame], list[Frame]]" = models.JSONField(default=list)
    snackbar = models.TextField("aviso", blank=True)
    missing = models.JSONField("falta preencher", default=list)
    unanswered: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(
        null=True, blank=True
    )
    ended_at = models.DateTimeField("acabou em", null=True, blank=True)

    class Meta:
        verbose_name = "Flow aberto"
        verbose_name_plural = "Flows abertos"

    def __str__(self) -> str:
        return f"Flow {self.pk}"

    @property
    def definition(self) -> FlowJson:
        """Return the screens of the Flow; one without any cannot be opened."""
        return FlowJson(content=self.flow.flow_json or {"screens": []})

    @property
    def top(self) -> Frame:
        """Return the frame that is shown. Raises IndexError before the first screen came."""
        return self.path[-1]

    @property
    def screen(self) -> Json:
        """Return the screen that is shown, as the Flow JSON has it."""
        return self.definition.screen(self.top["screen"]) or {}

    @property
    def has_way_back(self) -> bool:
        """Say whether there is a screen before the one that is shown."""
        return len(self.path) > 1

    @property
    def scope(self) -> Scope:
        """Return what the references of the screen that is shown may use."""
        return paths.scope(self.path)
