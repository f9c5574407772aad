import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from accounts import processing
from accounts.models import ConnectionRoute
from openfinance import antispam
from openfinance.models.banks import Bank
from whatsapp import updates
from whatsapp.models import OutgoingMessage

# Two halves, so that each finds its own index; UNION takes away what both find.
_SENT = """
    WITH sent AS (
        SELECT f.id, f.user_id, m.phone, f.route, f.bank_id, m.status, f.created_at
        FROM openfinance_flow f JOIN whatsapp_outgoingmessage m ON m.id = f.message_id
        WHERE f.user_id = %s AND f.created_at > %s AND m.status <> 'failed' AND m.is_test = %s
        UNION
        SELECT f.id, f.user_id, m.phone, f.route, f.bank_id, m.status, f.created_at
        FROM whatsapp_outgoingmessage m JOIN openfinance_flow f ON f.message_id = m.id
        WHERE m.phone = ANY(%s) AND m.created_at > %s AND m.status <> 'failed' AND m.is_test = %s)
    SELECT * FROM sent ORDER BY created_at DESC"""


class FlowQuerySet(models.QuerySet["Flow"]):
    def live(self) -> "FlowQuerySet":
        """Leave out the tests, whose message went to nobody."""
        return self.filter(message__is_test=False)

    def newest(self) -> "Flow | None":
        """Return the newest, with its message."""
        rows = self.select_related("message").defer("message__payload")
        return rows.order_by("-created_at").first()

    def sent(
        self, *, user_id: int, phone: str, since: datetime, is_test: bool
    ) -> Iterator[antispam.Sent]:
        """Yield, newest first, what may have reached the user or the phone since a moment.

        With `is_test` it is what would have, for all that the tests know.
        A message that went to the user's business-scoped id counts as one to their phone.
        """
        numbers = [f"+{form}" for form in updates.variants(phone.removeprefix("+"))]
        with connection.cursor() as cursor:
            cursor.execute(_SENT, [user_id, since, is_test, numbers, since, is_test])
            rows = cursor.fetchall()
        for pk, user, to, route, bank, status, created_at in rows:
            number = antispam.one_form(to) if to.startswith("+") else phone
            wish = antispam.Wish(
                user_id=user, phone=number, route=route, bank_id=bank, is_test=is_test
            )
            yield antispam.Sent(flow_id=pk, wish=wish, status=status, at=created_at)


class Flow(models.Model):
    """One attempt to start a connection: one message, whose status is the attempt's status."""

    class Channel(models.TextChoices):
        API = "api", "API"
        MCP = "mcp", "MCP"
        ADMIN = "admin", "Equipe"
        COMMAND = "command", "Linha de comando"
        WHATSAPP = "whatsapp", "Conversa"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="flows",
        verbose_name="usuário",
    )
    channel = models.CharField("canal", max_length=10, choices=Channel)
    route = models.CharField("enviado", max_length=10, choices=ConnectionRoute)
    bank = models.ForeignKey(
        Bank, on_delete=models.PROTECT, null=True, blank=True, verbose_name="banco"
    )
    message = models.OneToOneField(
        OutgoingMessage, on_delete=models.RESTRICT, related_name="flow", verbose_name="mensagem"
    )
    forced_by = models.CharField("forçado por", max_length=150, blank=True)
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user", "forced_by"),
                purpose="Enviar o fluxo de conexão pedido, sem repetir",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.MESSAGES,
            ),
        ),
    )

    objects = FlowQuerySet.as_manager()

    class Meta:
        verbose_name = "fluxo"
        verbose_name_plural = "fluxos"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["user", "created_at"], name="flow_by_user")]

    def __str__(self) -> str:
        return f"fluxo {self.pk}"
