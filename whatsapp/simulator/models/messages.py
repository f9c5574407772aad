import secrets

from django.db import models
from django.utils import timezone

from whatsapp.simulator.models.phones import SimulatedPhone


def new_wamid() -> str:
    """Return an id that no message has."""
    return f"wamid.{secrets.token_urlsafe(32)}"


class SimulatedMessage(models.Model):
    """A message that the simulator accepted, or that a person sent: `is_from_person`.

    `payload` is what Graph took of the business, or the message object of the webhook that tells of
    the person's. `phone` is None when nobody has that number.
    """

    class Status(models.TextChoices):
        SENT = "sent", "enviada"
        DELIVERED = "delivered", "entregue"
        READ = "read", "lida"
        FAILED = "failed", "não entregue"

    phone = models.ForeignKey(
        SimulatedPhone, on_delete=models.CASCADE, null=True, related_name="messages"
    )
    to = models.CharField("para", max_length=140)
    is_from_person = models.BooleanField("é da pessoa", default=False)
    wamid = models.CharField(max_length=80, unique=True, default=new_wamid)
    payload = models.JSONField("conteúdo")
    callback_data = models.CharField(max_length=512, blank=True)
    created_at = models.DateTimeField("recebida em", default=timezone.now)
    status = models.CharField("estado", max_length=9, choices=Status, default=Status.SENT)

    class Meta:
        verbose_name = "mensagem"
        verbose_name_plural = "mensagens"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.wamid
