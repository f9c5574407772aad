import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone


class Contact(models.Model):
    """What WhatsApp's rules make us remember of a phone number."""

    phone = models.CharField("telefone", max_length=16, unique=True)
    opted_out_at = models.DateTimeField("pediu para não receber em", null=True, blank=True)

    class Meta:
        verbose_name = "contato"
        verbose_name_plural = "contatos"

    def __str__(self) -> str:
        return f"contato {self.pk}"


class OutgoingMessageQuerySet(models.QuerySet["OutgoingMessage"]):
    def may_have_arrived(self) -> "OutgoingMessageQuerySet":
        """Leave out the messages that are proven not to have been sent."""
        return self.exclude(status=OutgoingMessage.Status.FAILED)

    def stuck(self, *, before: datetime) -> "OutgoingMessageQuerySet":
        """Keep those whose process died between intent and outcome."""
        return self.filter(status=OutgoingMessage.Status.SENDING, created_at__lt=before)


class OutgoingMessage(models.Model):
    """One message to one phone: the intent first, then what became of it."""

    class Status(models.TextChoices):
        SENDING = "sending", "Enviando"
        ACCEPTED = "accepted", "Aceita pelo WhatsApp"
        FAILED = "failed", "Não enviada"
        UNKNOWN = "unknown", "Sem confirmação"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="outgoing_messages",
        verbose_name="usuário",
    )
    phone = models.CharField("telefone", max_length=16)
    kind = models.CharField("tipo", max_length=20)
    payload = models.JSONField("conteúdo")
    status = models.CharField("situação", max_length=10, choices=Status, default=Status.SENDING)
    created_at = models.DateTimeField("criada em", default=timezone.now, editable=False)
    settled_at = models.DateTimeField("resultado em", null=True, blank=True)
    whatsapp_id = models.CharField("id no WhatsApp", max_length=255, blank=True, db_index=True)
    wa_id = models.CharField("wa_id", max_length=32, blank=True)
    is_permanent = models.BooleanField("recusa definitiva", default=False)
    error_code = models.IntegerField("código do erro", null=True, blank=True)
    error_details = models.CharField("detalhe do erro", max_length=500, blank=True)
    next_step = models.CharField("o que fazer", max_length=40, blank=True)

    objects = OutgoingMessageQuerySet.as_manager()

    class Meta:
        verbose_name = "mensagem enviada"
        verbose_name_plural = "mensagens enviadas"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["phone", "created_at"], name="outgoing_by_phone"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(status="sending"),
                name="outgoing_still_sending",
            ),
        ]

    def __str__(self) -> str:
        return f"mensagem {self.pk}"
