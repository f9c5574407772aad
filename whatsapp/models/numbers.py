from typing import ClassVar

from django.db import models

from accounts import processing


class BusinessNumber(models.Model):
    """The number we send from, and what keeps it from sending; made when something first does."""

    phone_number_id = models.CharField("id do número", max_length=64, unique=True)
    stopped_at = models.DateTimeField("parado desde", null=True, blank=True)
    templates_stopped_at = models.DateTimeField("modelos parados desde", null=True, blank=True)
    paused_until = models.DateTimeField("em pausa até", null=True, blank=True)
    # Meta's words about the account may come late and in any order: the newest counts.
    account_told_at = models.DateTimeField("situação da conta em", null=True, blank=True)
    error_code = models.IntegerField("código do erro", null=True, blank=True)
    reason = models.CharField("motivo", max_length=500, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.NOBODY, impersonal=("phone_number_id", "error_code", "reason")
    )

    class Meta:
        verbose_name = "número comercial"
        verbose_name_plural = "números comerciais"

    def __str__(self) -> str:
        return f"número {self.phone_number_id}"
