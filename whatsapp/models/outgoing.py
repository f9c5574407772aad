import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import processing
from whatsapp.models.deliveries import Delivery


class OutgoingMessageQuerySet(models.QuerySet["OutgoingMessage"]):
    def may_have_arrived(self) -> "OutgoingMessageQuerySet":
        """Leave out the messages that are proven not to have been sent."""
        return self.exclude(status=OutgoingMessage.Status.FAILED)

    def queued(self) -> "OutgoingMessageQuerySet":
        """Keep those that wait for a worker."""
        return self.filter(status=OutgoingMessage.Status.QUEUED)

    def without_job(self, *, before: datetime) -> "OutgoingMessageQuerySet":
        """Keep those that were queued before a moment and that no worker will come across."""
        jobs = ProcrastinateJob.objects.annotate(
            message_id=KeyTextTransform("message_id", "args")
        ).filter(
            task_name="whatsapp.tasks.send",
            status__in=("todo", "doing"),
            message_id=Cast(models.OuterRef("pk"), models.TextField()),
        )
        return self.queued().filter(~models.Exists(jobs), created_at__lt=before)

    def stuck(self, *, before: datetime) -> "OutgoingMessageQuerySet":
        """Keep those whose process died between intent and outcome."""
        return self.filter(status=OutgoingMessage.Status.SENDING, sending_since__lt=before)

    def overdue(self, *, before: datetime) -> "OutgoingMessageQuerySet":
        """Keep those whose outcome was lost before a moment, and that no webhook settled since."""
        return self.filter(status=OutgoingMessage.Status.UNKNOWN, settled_at__lt=before)


class OutgoingMessage(models.Model):
    """One message to one person: the intent first, then what became of it.

    `status` is what we know of the sending, `delivery` what WhatsApp told of the message since.
    `payload` is Graph's JSON; a `{token}` or `{code}` in it is filled in only when it is sent.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Na fila"
        SENDING = "sending", "Enviando"
        ACCEPTED = "accepted", "Aceita pelo WhatsApp"
        FAILED = "failed", "Não enviada"
        UNKNOWN = "unknown", "Sem confirmação"
        UNCONFIRMED = "unconfirmed", "Nunca confirmada"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="outgoing_messages",
        verbose_name="usuário",
    )
    # E.164, or the business-scoped id of somebody whose number WhatsApp hides.
    phone = models.CharField("telefone", max_length=140)
    kind = models.CharField("tipo", max_length=20)
    payload = models.JSONField("conteúdo")
    # A test key's: it stands as accepted from the start, so that nothing ever takes it up to send.
    is_test = models.BooleanField("de teste", default=False)
    status = models.CharField("situação", max_length=11, choices=Status, default=Status.SENDING)
    created_at = models.DateTimeField("criada em", default=timezone.now, editable=False)
    sending_since = models.DateTimeField("entregue ao WhatsApp em", null=True, blank=True)
    settled_at = models.DateTimeField("resultado em", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("tentativas", default=0)
    whatsapp_id = models.CharField("id no WhatsApp", max_length=255, blank=True, db_index=True)
    wa_id = models.CharField("wa_id", max_length=32, blank=True)
    is_permanent = models.BooleanField("recusa definitiva", default=False)
    error_code = models.IntegerField("código do erro", null=True, blank=True)
    error_details = models.CharField("detalhe do erro", max_length=500, blank=True)
    next_step = models.CharField("o que fazer", max_length=40, blank=True)
    delivery = models.CharField("entrega", max_length=10, choices=Delivery, blank=True)
    # What WhatsApp refused goes out in another form at most once: the constraint is the promise.
    replaces = models.OneToOneField(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replacement",
        verbose_name="no lugar de",
    )

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user", "phone", "wa_id", "payload", "whatsapp_id"),
                purpose="Enviar a mensagem, saber se chegou e não enviar demais",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.MESSAGES,
            ),
        ),
        impersonal=("kind", "attempts", "error_code", "error_details", "next_step"),
    )

    objects = OutgoingMessageQuerySet.as_manager()

    class Meta:
        verbose_name = "mensagem enviada"
        verbose_name_plural = "mensagens enviadas"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_test=False) | models.Q(status="accepted"),
                name="outgoing_test_is_never_sent",
            ),
        ]
        indexes = [
            models.Index(fields=["phone", "created_at"], name="outgoing_by_phone"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(status="queued"),
                name="outgoing_still_queued",
            ),
            models.Index(
                fields=["sending_since"],
                condition=models.Q(status="sending"),
                name="outgoing_still_sending",
            ),
            models.Index(
                fields=["settled_at"],
                condition=models.Q(status="unknown"),
                name="outgoing_still_unknown",
            ),
            models.Index(
                fields=["created_at"],
                condition=models.Q(status="unconfirmed"),
                name="outgoing_never_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"mensagem {self.pk}"
