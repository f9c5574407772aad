from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import processing


class AuditEvent(models.Model):
    """One act on something that is a person's; rows are only ever added.

    It holds ids and codes: what identifies a person stays in the rows it points at.
    """

    class Act(models.TextChoices):
        """What was done."""

        CONSENT_AGREED = "consent_agreed", "Consentimento confirmado"
        CONSENT_MOVED = "consent_moved", "Consentimento mudou de situação"
        CONSENT_EXTENDED = "consent_extended", "Consentimento prorrogado"
        REVOCATION_REQUESTED = "revocation_requested", "Cancelamento pedido"
        BANK_VISITED = "bank_visited", "Ida ao banco"
        BANK_RETURNED = "bank_returned", "Volta do banco"
        TOKENS_STORED = "tokens_stored", "Tokens guardados"
        TOKENS_RENEWED = "tokens_renewed", "Tokens renovados"
        TOKENS_ERASED = "tokens_erased", "Tokens apagados"
        DECRYPTED = "decrypted", "Dado cifrado lido"
        CONNECTIONS_READ = "connections_read", "Conexões consultadas"
        LINK_OPENED = "link_opened", "Link aberto"
        FLOW_STARTED = "flow_started", "Fluxo de conexão pedido"
        KEY_ISSUED = "key_issued", "Chave de API criada"
        KEY_ROLLED = "key_rolled", "Chave de API trocada"
        KEY_REVOKED = "key_revoked", "Chave de API revogada"
        PHONE_CHANGED = "phone_changed", "Telefone alterado"
        PHONE_CODE_SENT = "phone_code_sent", "Código enviado"
        PHONE_CODE_REFUSED = "phone_code_refused", "Código recusado"
        PHONE_VERIFIED = "phone_verified", "Telefone verificado"
        PHONE_LOST = "phone_lost", "Telefone deixou de ser da pessoa"
        PLAN_CHANGED = "plan_changed", "Plano alterado"
        SUBSCRIPTION_CHANGED = "subscription_changed", "Assinatura alterada"
        SIGNED_IN = "signed_in", "Entrada na conta"
        SIGN_IN_REFUSED = "sign_in_refused", "Entrada recusada"
        SIGNED_OUT = "signed_out", "Saída da conta"
        SECOND_FACTOR_CHANGED = "second_factor_changed", "Segundo fator alterado"
        ROLES_CHANGED = "roles_changed", "Papéis alterados"
        PERSONAL_DATA_SEEN = "personal_data_seen", "Dado pessoal consultado"
        TRAIL_READ = "trail_read", "Trilha consultada"
        DATA_EXPORTED = "data_exported", "Dados exportados"
        ERASURE_REQUESTED = "erasure_requested", "Exclusão pedida"
        DATA_ERASED = "data_erased", "Dados excluídos"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="audit_events",
        verbose_name="de quem",
    )
    at = models.DateTimeField("em", default=timezone.now, editable=False)
    act = models.CharField("ato", max_length=30, choices=Act)
    # "openfinance.consent:<pk>"
    target = models.CharField("sobre", max_length=120)
    result = models.CharField("resultado", max_length=60, blank=True)
    details = models.JSONField("detalhes", default=dict, blank=True)
    actor_kind = models.CharField("tipo de autor", max_length=12)
    actor = models.CharField("autor", max_length=80, blank=True)
    address = models.CharField("endereço", max_length=64, blank=True)
    user_agent = models.CharField("navegador", max_length=255, blank=True)
    channel = models.CharField("canal", max_length=20, blank=True)
    request_id = models.CharField("id da chamada", max_length=64, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner="user",
        uses=(
            processing.Use(
                fields=("user", "target", "details", "actor"),
                purpose="Provar quem fez o quê com os dados da pessoa; só ids e códigos",
                basis=processing.Basis.OBLIGATION,
                retention=processing.Retention.AUDIT,
            ),
            processing.Use(
                fields=("address", "user_agent"),
                purpose="Saber de onde veio cada acesso (Marco Civil, art. 15)",
                basis=processing.Basis.OBLIGATION,
                retention=processing.Retention.PLACES,
            ),
        ),
        impersonal=("result", "actor_kind", "channel", "request_id"),
        is_erased=False,  # the chain must go on verifying; its user is nobody after an erasure
    )

    class Meta:
        verbose_name = "registro de auditoria"
        verbose_name_plural = "auditoria"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "at"], name="audit_by_user")]

    def __str__(self) -> str:
        return f"{self.act} {self.at:%d/%m/%Y %H:%M:%S}"
