from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import processing


class AuditEvent(models.Model):
    """One act on something that is a person's; rows are only ever added, by `accounts.audit`.

    It holds ids and codes: what identifies a person stays in the rows it points at. The events of
    one user are a chain, and those of nobody are another: `accounts.trail.chain` says how.
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
        EMAIL_CHANGED = "email_changed", "E-mail alterado"
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
        on_delete=models.PROTECT,
        null=True,
        related_name="audit_events",
        verbose_name="de quem",
    )
    sequence = models.BigIntegerField("número", editable=False)
    at = models.DateTimeField("em", default=timezone.now, editable=False)
    act = models.CharField("ato", max_length=30, choices=Act)
    # "openfinance.consent:<pk>"
    target = models.CharField("sobre", max_length=120)
    result = models.CharField("resultado", max_length=60, blank=True)
    details = models.JSONField("detalhes", default=dict, blank=True)
    actor_kind = models.CharField("tipo de autor", max_length=12)
    actor = models.CharField("autor", max_length=80, blank=True)
    channel = models.CharField("canal", max_length=20, blank=True)
    request_id = models.CharField("id da chamada", max_length=64, blank=True)
    # Of the address and the browser in AuditPlace, which may be deleted; empty where none is known.
    place_digest = models.BinaryField(max_length=32, editable=False)
    previous = models.BinaryField(max_length=32, editable=False)
    mac = models.BinaryField(max_length=32, editable=False)
    key = models.CharField(max_length=48, editable=False)

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
                fields=("place_digest", "previous", "mac", "key"),
                purpose="Mostrar que ninguém mudou a trilha",
                basis=processing.Basis.OBLIGATION,
                retention=processing.Retention.AUDIT,
                is_exported=False,
            ),
        ),
        impersonal=("sequence", "result", "actor_kind", "channel", "request_id"),
        is_erased=False,  # the chain must go on verifying; its user is nobody after an erasure
    )

    class Meta:
        verbose_name = "registro de auditoria"
        verbose_name_plural = "auditoria"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "sequence"], nulls_distinct=False, name="audit_event_in_one_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.at:%d/%m/%Y %H:%M:%S}"


class AuditPlace(models.Model):
    """From where an act came: personal, so it may be deleted, and the chain still holds.

    The event has its digest, which tells nothing once the salt is gone.
    """

    event = models.OneToOneField(
        AuditEvent, on_delete=models.PROTECT, primary_key=True, related_name="place"
    )
    salt = models.BinaryField(max_length=16, editable=False)
    address = models.CharField("endereço", max_length=64, blank=True)
    user_agent = models.CharField("navegador", max_length=255, blank=True)

    personal_data: ClassVar = processing.Declaration(
        # Whose the event is, but not where staff were who saw to it.
        owner=processing.Owner.IDENTITY,
        uses=(
            processing.Use(
                fields=("address", "user_agent"),
                purpose="Saber de onde veio cada acesso (Marco Civil, art. 15)",
                basis=processing.Basis.OBLIGATION,
                retention=processing.Retention.PLACES,
            ),
            processing.Use(
                fields=("salt",),
                purpose="Conferir a origem com o resumo dela na trilha",
                basis=processing.Basis.OBLIGATION,
                retention=processing.Retention.PLACES,
                is_exported=False,
            ),
        ),
        is_erased=False,  # the law wants six months of them; then they go with everybody's
    )

    class Meta:
        verbose_name = "origem"
        verbose_name_plural = "origens"

    def __str__(self) -> str:
        return f"origem de {self.event_id}"


class AuditChain(models.Model):
    """The head of one user's chain: how many events it has, and the mac of the last."""

    # The user's primary key; 0 has the events of nobody.
    owner = models.BigIntegerField(primary_key=True)
    length = models.BigIntegerField()
    mac = models.BinaryField(max_length=32)
    key = models.CharField(max_length=48)
    # A keyed mac over all of the above.
    proof = models.BinaryField(max_length=32)

    # It says of a user only how many events they have, and those stand in AuditEvent.
    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.NOBODY, impersonal=("owner", "length", "mac", "key", "proof")
    )

    def __str__(self) -> str:
        return f"{self.owner}: {self.length}"
