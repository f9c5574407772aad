import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from openfinance.models.banks import Bank
from openfinance.models.flows import Flow
from whatsapp.models import OutgoingMessage


class ConnectionLinkQuerySet(models.QuerySet["ConnectionLink"]):
    def live(self, *, at: datetime | None = None) -> "ConnectionLinkQuerySet":
        """Keep those that have not expired."""
        return self.filter(expires_at__gt=at or timezone.now())


class ConnectionLink(models.Model):
    """A person chose a bank, and this is the way to its page: sent once, and only to them."""

    class Via(models.TextChoices):
        LIST = "list", "Lista"
        TEMPLATE = "template", "Botão do modelo"
        NATIVE_FLOW = "native_flow", "Flow do WhatsApp"
        TEXT = "text", "Texto"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="connection_links",
        verbose_name="usuário",
    )
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, verbose_name="banco")
    flow = models.ForeignKey(
        Flow,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="links",
        verbose_name="fluxo",
    )
    via = models.CharField("escolhido por", max_length=12, choices=Via)
    message = models.OneToOneField(
        OutgoingMessage, on_delete=models.RESTRICT, related_name="link", verbose_name="mensagem"
    )
    digest = models.CharField("resumo", max_length=64, unique=True)
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)
    expires_at = models.DateTimeField("vale até")
    opened_at = models.DateTimeField("aberto em", null=True, blank=True)

    objects = ConnectionLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "link de conexão"
        verbose_name_plural = "links de conexão"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["user", "created_at"], name="link_by_user")]

    def __str__(self) -> str:
        return f"link {self.pk}"
