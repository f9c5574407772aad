from dataclasses import dataclass

from django.db import models


class Mode(models.TextChoices):
    """How the simulator misbehaves."""

    NONE = "none", "Nenhuma"
    REFUSE = "refuse", "Recusar com um código"
    SLOW = "slow", "Aceitar e responder devagar"
    DROP = "drop", "Aceitar e cortar a conexão"
    HANG = "hang", "Aceitar e não responder"
    FAIL = "fail", "Aceitar e não entregar, com um código"
    HTTP_500 = "http_500", "Aceitar e responder 500"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What one request meets."""

    mode: Mode
    code: int
    seconds: float


FINE = Trouble(mode=Mode.NONE, code=0, seconds=0)


class FaultQuerySet(models.QuerySet["Fault"]):
    def current(self) -> "Fault":
        """Return the fault that is set; one that has no times left is none."""
        return self.exclude(mode=Mode.NONE).exclude(remaining=0).first() or Fault()

    def take(self) -> Trouble:
        """Return what this request meets, and count it against the times that are left."""
        fault = self.current()
        if fault.mode == Mode.NONE or not self.count_down(fault):
            return FINE
        return Trouble(mode=Mode(fault.mode), code=fault.code, seconds=fault.seconds)

    def count_down(self, fault: "Fault") -> bool:
        """Take one of the times of a fault; False when others had the last or set another one."""
        if fault.remaining is None:
            return True
        same = self.filter(mode=fault.mode, code=fault.code, seconds=fault.seconds)
        left = same.filter(remaining__gt=0)
        return left.update(remaining=models.F("remaining") - 1) == 1


class Fault(models.Model):
    """The one fault that is set; `remaining` is None until somebody takes it away."""

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY, editable=False)
    mode = models.CharField("falha", max_length=10, choices=Mode, default=Mode.NONE)
    code = models.IntegerField("código do Graph", default=131056)
    seconds = models.FloatField("segundos", default=2)
    remaining = models.PositiveIntegerField("quantas vezes", null=True, blank=True)

    objects = FaultQuerySet.as_manager()

    class Meta:
        verbose_name = "falha"
        verbose_name_plural = "falhas"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="simulator_one_fault"),
            models.CheckConstraint(
                condition=models.Q(seconds__gte=0), name="simulator_fault_lasts_no_negative_time"
            ),
        ]

    def __str__(self) -> str:
        return self.get_mode_display()
