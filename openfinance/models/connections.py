import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import processing
from openfinance.models.banks import Bank


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def active(self) -> "ConnectionQuerySet":
        """Keep those through which the bank gives access now."""
        return self.filter(consents__status="authorised", consents__revocation_requested_at=None)


class Connection(models.Model):
    """A user's standing link to a bank: its id survives every reconnection and renewal.

    Whether it is active is the matter of its consents, of which it keeps every one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="connections",
        verbose_name="usuário",
    )
    bank = models.ForeignKey(
        Bank, on_delete=models.PROTECT, related_name="connections", verbose_name="banco"
    )
    created_at = models.DateTimeField("criada em", default=timezone.now, editable=False)

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user",),
                purpose="Mostrar à pessoa as conexões que ela tem",
                basis=processing.Basis.CONSENT,
                retention=processing.Retention.CONSENTS,
            ),
        ),
    )

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = "conexão"
        verbose_name_plural = "conexões"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "bank"], name="connection_one_per_bank"),
        ]

    def __str__(self) -> str:
        return f"conexão {self.pk}"
