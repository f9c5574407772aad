import uuid
from datetime import datetime
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import processing
from openfinance.models.banks import Bank
from openfinance.models.flows import Flow
from whatsapp.models import OutgoingMessage

_L = TypeVar("_L", bound="Link")

_OPENING = processing.Use(
    fields=("digest", "bound_digest"),
    purpose="Abrir o link só no navegador de quem o recebeu",
    basis=processing.Basis.CONTRACT,
    retention=processing.Retention.LINKS,
    is_exported=False,
)


class LinkQuerySet(models.QuerySet[_L]):
    def live(self, *, at: datetime | None = None) -> Self:
        """Keep those that have not expired."""
        return self.filter(expires_at__gt=at or timezone.now())


class Link(models.Model):
    """The way to a page of ours: sent once, and only to its person.

    Whoever opens it first binds it to their browser, by a cookie whose digest is `bound_digest`;
    `used_at` is when it had done its work.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField("resumo", max_length=64, unique=True)
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)
    expires_at = models.DateTimeField("vale até")
    opened_at = models.DateTimeField("aberto em", null=True, blank=True)
    bound_digest = models.CharField("resumo do navegador", max_length=64, blank=True)
    used_at = models.DateTimeField("usado em", null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"link {self.pk}"


class ConnectionLinkQuerySet(LinkQuerySet["ConnectionLink"]):
    def last_flows(self) -> dict[int, Flow]:
        """Return, by bank, the last flow that led to the bank's page, with its message."""
        led = self.filter(flow__isnull=False).order_by("bank_id", "-flow__created_at")
        rows = (
            led.distinct("bank_id").select_related("flow__message").defer("flow__message__payload")
        )
        return {link.bank_id: link.flow for link in rows if link.flow}


class ConnectionLink(Link):
    """A person chose a bank, and this leads to its page."""

    class Via(models.TextChoices):
        LIST = "list", "Lista"
        TEMPLATE = "template", "Botão do modelo"
        NATIVE_FLOW = "native_flow", "Flow do WhatsApp"
        TEXT = "text", "Texto"
        RENEWAL = "renewal", "Renovação"

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

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user",),
                purpose="Levar a pessoa à página do banco que ela escolheu",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.LINKS,
            ),
            _OPENING,
        ),
    )

    objects = ConnectionLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "link de conexão"
        verbose_name_plural = "links de conexão"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["user", "created_at"], name="link_by_user")]


class ManagementLinkQuerySet(LinkQuerySet["ManagementLink"]):
    pass


class ManagementLink(Link):
    """A person asked for their connections, and this leads to the page that lists them."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="management_links",
        verbose_name="usuário",
    )
    message = models.OneToOneField(
        OutgoingMessage,
        on_delete=models.RESTRICT,
        related_name="management_link",
        verbose_name="mensagem",
    )

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user",),
                purpose="Levar a pessoa à página das conexões dela",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.LINKS,
            ),
            _OPENING,
        ),
    )

    objects = ManagementLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "link das conexões"
        verbose_name_plural = "links das conexões"
        ordering = ["-created_at"]
