from typing import ClassVar

from django.db import models

from accounts import processing


class Delivery(models.TextChoices):
    """What became of a message that WhatsApp has; blank while nothing was told."""

    SENT = "sent", "Enviada"
    DELIVERED = "delivered", "Entregue"
    READ = "read", "Lida"
    FAILED = "failed", "Não entregue"


class MessageStatus(models.Model):
    """One thing that WhatsApp told of a message, in the order it was told; never changed."""

    message = models.ForeignKey(
        "whatsapp.OutgoingMessage",
        on_delete=models.CASCADE,
        related_name="statuses",
        verbose_name="mensagem",
    )
    # As Meta writes it: sent, delivered, read, failed, played, or a word it did not use before.
    state = models.CharField("estado", max_length=20)
    at = models.DateTimeField("em")
    error_code = models.IntegerField("código do erro", null=True, blank=True)
    error_details = models.CharField("detalhe do erro", max_length=500, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner="message__user", impersonal=("state", "error_code", "error_details")
    )

    class Meta:
        verbose_name = "estado da mensagem"
        verbose_name_plural = "estados da mensagem"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["message", "state", "at"], name="status_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.at:%d/%m/%Y %H:%M:%S}"
