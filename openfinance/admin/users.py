from collections import Counter

from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from openfinance import exceptions, flows
from openfinance.models import Flow
from whatsapp.admin.users import UserWithCodesAdmin
from whatsapp.exceptions import WhatsAppError

# Each start waits for WhatsApp, and the person in the admin waits for all of them.
MOST_AT_ONCE = 20


class Refusal(models.TextChoices):
    """Why nothing was sent, as staff read it; the values are the errors' codes."""

    INACTIVE_SUBSCRIPTION = "inactive_subscription", "Sem assinatura ativa"
    PHONE_MISSING = "phone_missing", "Sem telefone"
    PHONE_NOT_VERIFIED = "phone_not_verified", "Telefone não verificado"
    PHONE_UNUSABLE = "phone_unusable", "Telefone inválido"
    OPTED_OUT = "opted_out", "Pediu para não receber mensagens"
    ACCOUNT_CLOSED = "account_closed", "Conta encerrada"
    RATE_LIMITED = "rate_limited", "Limite de mensagens atingido"
    NOT_CONFIGURED = "whatsapp_not_configured", "WhatsApp não configurado"
    UNAVAILABLE = "whatsapp_unavailable", "WhatsApp parado até a equipe agir"
    TEMPLATE_UNAVAILABLE = "whatsapp_template_unavailable", "Modelo de mensagem sem aprovação"


admin.site.unregister(User)


@admin.register(User)
class UserWithFlowsAdmin(UserWithCodesAdmin):
    """The users' admin, with the flows that the accounts know nothing of."""

    actions = ("start_flow",)

    @admin.action(description="Enviar o fluxo de conexão", permissions=["change"])
    def start_flow(self, request: HttpRequest, users: QuerySet[User]) -> None:
        if users.count() > MOST_AT_ONCE:
            self.message_user(
                request, f"Escolha no máximo {MOST_AT_ONCE} usuários.", messages.ERROR
            )
            return
        results = Counter(_start(user) for user in users)
        for result, count in results.items():
            self.message_user(request, f"{count} × {result}", messages.INFO)


def _start(user: User) -> str:
    try:
        flow = flows.start(user=user, channel=Flow.Channel.ADMIN)
    except (exceptions.FlowError, WhatsAppError) as error:
        return Refusal(error.code).label
    return flow.message.get_status_display()
