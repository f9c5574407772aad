from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts import processing
from accounts.encrypted import EncryptedBytesField, EncryptedJSONField
from whatsapp.models.contacts import Contact


class WebhookEvent(models.Model):
    """One POST of Meta's as it came, kept before anything is made of it."""

    body = EncryptedBytesField("corpo")
    received_at = models.DateTimeField("recebido em", default=timezone.now, editable=False)
    # When its updates had rows of their own; None while a worker has yet to take it apart.
    split_at = models.DateTimeField("separado em", null=True, blank=True)
    error = models.CharField("por que não foi lido", max_length=200, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.MANY,
        uses=(
            processing.Use(
                fields=("body",),
                purpose="Não perder o que o WhatsApp avisa antes de ser lido",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.WEBHOOKS,
                is_exported=False,
            ),
        ),
        impersonal=("error",),
    )

    class Meta:
        verbose_name = "webhook recebido"
        verbose_name_plural = "webhooks recebidos"
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["received_at"],
                condition=models.Q(split_at__isnull=True),
                name="event_not_yet_split",
            ),
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk}"


class IncomingUpdateQuerySet(models.QuerySet["IncomingUpdate"]):
    def due(self, *, at: datetime | None = None) -> "IncomingUpdateQuerySet":
        """Keep those that are to be processed now: not done, and their next attempt has come."""
        return self.filter(processed_at__isnull=True, next_attempt_at__lte=at or timezone.now())


class IncomingUpdate(models.Model):
    """One thing that Meta told us, recorded once however often and in whichever group it comes.

    `next_attempt_at` is None when it is done, or when it was given up and waits for staff.
    """

    # A keyed digest of the update's own key, in which a number is spelled.
    key = models.CharField("chave", max_length=64, unique=True)
    content = EncryptedJSONField("conteúdo")
    event = models.ForeignKey(
        WebhookEvent,
        on_delete=models.SET_NULL,
        null=True,
        related_name="updates",
        verbose_name="webhook",
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="updates",
        verbose_name="contato",
    )
    received_at = models.DateTimeField("recebida em", default=timezone.now, editable=False)
    processed_at = models.DateTimeField("processada em", null=True, blank=True)
    # What was made of it: the name of the value it was read into, or why it was ignored.
    outcome = models.CharField("resultado", max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField("tentativas", default=0)
    next_attempt_at = models.DateTimeField("próxima tentativa", null=True, default=timezone.now)
    error = models.TextField("erro", blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.IDENTITY,
        uses=(
            processing.Use(
                fields=("content",),
                purpose="Atender o que a pessoa escreve no WhatsApp",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.MESSAGES,
            ),
            processing.Use(
                fields=("key",),
                purpose="Reconhecer o que o WhatsApp avisa de novo",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.MESSAGES,
                is_exported=False,
            ),
        ),
        impersonal=("outcome", "attempts", "error"),
    )

    objects = IncomingUpdateQuerySet.as_manager()

    class Meta:
        verbose_name = "atualização recebida"
        verbose_name_plural = "atualizações recebidas"
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(processed_at__isnull=True),
                name="update_not_yet_processed",
            ),
        ]

    def __str__(self) -> str:
        return f"atualização {self.pk}"
