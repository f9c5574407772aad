import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import processing
from accounts.encrypted import EncryptedTextField, KeyedIndex

MOST_TRIES = 5


class PhoneVerificationQuerySet(models.QuerySet["PhoneVerification"]):
    def open(self, *, at: datetime | None = None) -> "PhoneVerificationQuerySet":
        """Keep those whose code may still be tried."""
        return self.filter(
            expires_at__gt=at or timezone.now(),
            tries__lt=MOST_TRIES,
            used_at__isnull=True,
            superseded_at__isnull=True,
        )


class PhoneVerification(models.Model):
    """A code sent to a number, by which whoever has it proves that.

    Its id is also the id of the message that carries the code. The code itself stands nowhere:
    `digest` is keyed, and so is that of the address from which it was asked for, "" for none.
    """

    class Purpose(models.TextChoices):
        """What the proof is for."""

        VERIFY = "verify", "Verificar o telefone"
        SIGN_IN = "sign_in", "Entrar na conta"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # None for a number that nobody verified, of whom a sign-in was asked for: nothing is sent.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="phone_verifications",
        verbose_name="usuário",
    )
    purpose = models.CharField("para", max_length=10, choices=Purpose)
    phone = EncryptedTextField("telefone", purpose="phone", max_length=16)
    address_digest = models.CharField("resumo do endereço", max_length=64, blank=True)
    digest = models.CharField("resumo do código", max_length=64)
    sent_at = models.DateTimeField("pedido em", default=timezone.now, editable=False)
    expires_at = models.DateTimeField("vale até")
    tries = models.PositiveSmallIntegerField("tentativas", default=0)
    used_at = models.DateTimeField("usado em", null=True, blank=True)
    superseded_at = models.DateTimeField("substituído em", null=True, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user", "phone"),
                purpose="Provar que o telefone é da pessoa",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.CODES,
            ),
            processing.Use(
                fields=("digest", "address_digest"),
                purpose="Conferir o código sem guardá-lo, e não enviar códigos demais",
                basis=processing.Basis.INTEREST,
                retention=processing.Retention.CODES,
                is_exported=False,
            ),
        ),
        impersonal=("tries",),
    )

    objects = PhoneVerificationQuerySet.as_manager()

    class Meta:
        verbose_name = "código de verificação"
        verbose_name_plural = "códigos de verificação"
        ordering = ["-sent_at"]
        indexes = [
            models.Index(fields=["user", "sent_at"], name="phone_code_by_user"),
            models.Index(KeyedIndex("phone"), "sent_at", name="phone_code_by_phone"),
            models.Index(fields=["address_digest", "sent_at"], name="phone_code_by_address"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tries__lte=MOST_TRIES), name="phone_code_not_tried_too_often"
            ),
        ]

    def __str__(self) -> str:
        return f"código {self.pk}"
