import uuid
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts import processing
from accounts.sealed import SealedField
from openfinance.models.connections import Connection
from openfinance.models.links import ConnectionLink


class ConsentText(models.Model):
    """What a page showed before the person agreed, word for word; kept once by its SHA-256."""

    digest = models.CharField("resumo", max_length=64, primary_key=True)
    text = models.TextField("texto")
    first_shown_at = models.DateTimeField("mostrado desde", default=timezone.now, editable=False)

    personal_data: ClassVar = processing.Declaration(
        owner="consent__connection__user",
        impersonal=("digest", "text"),
        is_erased=False,  # the page's own words, which others saw too
    )

    class Meta:
        verbose_name = "texto de consentimento"
        verbose_name_plural = "textos de consentimento"

    def __str__(self) -> str:
        return self.digest[:12]


class ConsentQuerySet(models.QuerySet["Consent"]):
    def authorised(self) -> "ConsentQuerySet":
        """Keep those that give access, as far as we know."""
        return self.filter(status=Consent.Status.AUTHORISED)

    def open(self) -> "ConsentQuerySet":
        """Keep those that may still become something else."""
        return self.exclude(status=Consent.Status.ENDED)

    def expired(self, *, at: datetime | None = None) -> "ConsentQuerySet":
        """Keep the authorised ones whose term is over; one without an end never is."""
        return self.authorised().filter(expires_at__lte=at or timezone.now())

    def to_be_revoked(self) -> "ConsentQuerySet":
        """Keep those that are to end at the bank and that it has not confirmed yet.

        Of one without an id the bank has not heard, as far as we know.
        """
        asked = self.filter(revocation_requested_at__isnull=False, revoked_at_bank_at=None)
        return asked.exclude(bank_consent_id="")

    def to_be_checked(self, *, at: datetime | None = None) -> "ConsentQuerySet":
        """Keep those that somebody should look after at the bank now."""
        due = self.open().filter(check_due_at__lte=at or timezone.now())
        return due.filter(revocation_requested_at=None)


class Consent(models.Model):
    """What a person agreed to on one page, and what became of it at the bank; never rewritten.

    `requested_permissions` are what they agreed to, `granted_permissions` what the bank made of it.
    `expires_at` is None for a term without an end.
    """

    class Status(models.TextChoices):
        """The specification's states; ours before the bank knows of it, and REJECTED as an end."""

        CREATED = "created", "Confirmado por você"
        AWAITING = "awaiting", "Aguardando aprovação"
        AUTHORISED = "authorised", "Ativo"
        ENDED = "ended", "Encerrado"

    class Reason(models.TextChoices):
        """Why it ended: the specification's codes, and what can happen before the bank knows."""

        CONSENT_EXPIRED = "CONSENT_EXPIRED", "Não foi confirmado a tempo no banco"
        CUSTOMER_MANUALLY_REJECTED = "CUSTOMER_MANUALLY_REJECTED", "Recusado no banco"
        CUSTOMER_MANUALLY_REVOKED = "CUSTOMER_MANUALLY_REVOKED", "Encerrado pela pessoa"
        CONSENT_MAX_DATE_REACHED = "CONSENT_MAX_DATE_REACHED", "Vencido"
        CONSENT_TECHNICAL_ISSUE = "CONSENT_TECHNICAL_ISSUE", "Falha técnica"
        INTERNAL_SECURITY_REASON = "INTERNAL_SECURITY_REASON", "Encerrado pelo banco"
        REPLACED = "REPLACED", "Substituído por uma renovação"
        NEVER_SENT = "NEVER_SENT", "Não chegou ao banco"

    class Shown(models.TextChoices):
        """What people and staff read of a consent (UX guide 19); fraud is never mentioned."""

        AWAITING = "awaiting", "Aguardando aprovação"
        ACTIVE = "active", "Ativo"
        ENDING = "ending", "Encerrando"
        EXPIRED = "expired", "Vencido"
        ENDED = "ended", "Encerrado"
        RENEWED = "renewed", "Renovado"
        NOT_DONE = "not_done", "Não concluído"

    class RejectedBy(models.TextChoices):
        USER = "USER", "Pessoa"
        ASPSP = "ASPSP", "Banco"
        TPP = "TPP", "Pierre"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, related_name="consents", verbose_name="conexão"
    )
    link = models.ForeignKey(
        ConnectionLink,
        on_delete=models.PROTECT,
        null=True,
        related_name="consents",
        verbose_name="link",
    )
    status = models.CharField("situação", max_length=10, choices=Status, default=Status.CREATED)
    reason = models.CharField("motivo", max_length=40, choices=Reason, blank=True)
    rejected_by = models.CharField("encerrado por", max_length=5, choices=RejectedBy, blank=True)
    # The renewal that this one is keeps the old one alive until it is authorised itself.
    renews = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="renewals",
        verbose_name="renova",
    )

    purpose = models.CharField("finalidade", max_length=200)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, verbose_name="texto mostrado")
    groups = ArrayField(models.CharField(max_length=40), verbose_name="grupos de dados")
    requested_permissions = ArrayField(
        models.CharField(max_length=80), verbose_name="permissões pedidas"
    )
    granted_permissions = ArrayField(
        models.CharField(max_length=80), verbose_name="permissões concedidas", default=list
    )
    # In months, as chosen; None for "Indeterminado".
    term_months = models.PositiveSmallIntegerField("prazo em meses", null=True, blank=True)
    expires_at = models.DateTimeField("vale até", null=True, blank=True)

    agreed_at = models.DateTimeField("confirmado em", default=timezone.now, editable=False)
    channel = models.CharField("canal", max_length=10)
    whatsapp_message_id = models.CharField("mensagem no WhatsApp", max_length=255, blank=True)
    address = models.GenericIPAddressField("endereço IP", null=True, blank=True)
    user_agent = models.CharField("navegador", max_length=255, blank=True)
    cpf = SealedField("CPF", null=True, blank=True)
    cpf_index = models.CharField("índice do CPF", max_length=64, blank=True, db_index=True)

    provider = models.CharField("provedor", max_length=20)
    # Of then: it still leads to the bank once staff let another provider serve it.
    provider_reference = models.JSONField("referência no provedor", default=dict)
    bank_consent_id = models.CharField("id no banco", max_length=256, blank=True)
    interaction_ids = ArrayField(
        models.CharField(max_length=36), verbose_name="ids de interação", default=list
    )
    authorised_at = models.DateTimeField("autorizado em", null=True, blank=True)
    # When we began to end it at the bank, and when the bank had done so.
    revocation_requested_at = models.DateTimeField("cancelamento pedido em", null=True, blank=True)
    revoked_at_bank_at = models.DateTimeField("cancelado no banco em", null=True, blank=True)
    ended_at = models.DateTimeField("encerrado em", null=True, blank=True)
    checked_at = models.DateTimeField("conferido no banco em", null=True, blank=True)
    # None where the provider cannot tell how it is.
    check_due_at = models.DateTimeField("conferir no banco em", null=True, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner="connection__user",
        uses=(
            processing.Use(
                fields=(
                    "purpose",
                    "groups",
                    "requested_permissions",
                    "granted_permissions",
                    "term_months",
                    "bank_consent_id",
                    "interaction_ids",
                ),
                purpose="Saber o que a pessoa autorizou, e poder encerrar no banco",
                basis=processing.Basis.CONSENT,
                retention=processing.Retention.CONSENTS,
            ),
            processing.Use(
                fields=("cpf",),
                purpose="Pedir o consentimento ao banco em nome da pessoa",
                basis=processing.Basis.CONSENT,
                retention=processing.Retention.CONSENTS,
            ),
            processing.Use(
                fields=("cpf_index",),
                purpose="Encontrar os consentimentos de um CPF sem abri-lo",
                basis=processing.Basis.RIGHTS,
                retention=processing.Retention.CONSENTS,
                is_exported=False,
            ),
            processing.Use(
                fields=("whatsapp_message_id", "address", "user_agent"),
                purpose="Provar que foi a pessoa quem autorizou",
                basis=processing.Basis.RIGHTS,
                retention=processing.Retention.CONSENTS,
            ),
        ),
        impersonal=("channel", "provider", "provider_reference"),
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = "consentimento"
        verbose_name_plural = "consentimentos"
        ordering = ["-agreed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=models.Q(status="authorised"),
                name="consent_one_authorised",
            ),
            models.UniqueConstraint(
                fields=["provider", "bank_consent_id"],
                # A renewal may go on with the id of the one that it ends.
                condition=~models.Q(bank_consent_id="") & ~models.Q(status="ended"),
                name="consent_one_per_bank_id",
            ),
            models.CheckConstraint(
                condition=models.Q(status="ended", ended_at__isnull=False)
                | (~models.Q(status="ended") & models.Q(ended_at=None, reason="")),
                name="consent_ends_with_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(status="authorised"),
                name="consent_by_its_end",
            ),
            models.Index(
                fields=["revocation_requested_at"],
                condition=models.Q(revoked_at_bank_at=None),
                name="consent_to_be_revoked",
            ),
            models.Index(
                fields=["check_due_at"],
                condition=~models.Q(status="ended"),
                name="consent_to_be_checked",
            ),
        ]

    def __str__(self) -> str:
        return f"consentimento {self.pk}"


class ConsentEvent(models.Model):
    """One step in the life of a consent; rows are only ever added."""

    consent = models.ForeignKey(
        Consent, on_delete=models.PROTECT, related_name="events", verbose_name="consentimento"
    )
    at = models.DateTimeField("em", default=timezone.now)
    status = models.CharField("situação", max_length=10, choices=Consent.Status)
    reason = models.CharField("motivo", max_length=40, blank=True)
    # Facts without personal data: an interaction id, the bank's words for a refusal.
    details = models.JSONField("detalhes", default=dict, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner="consent__connection__user", impersonal=("reason", "details")
    )

    class Meta:
        verbose_name = "passo do consentimento"
        verbose_name_plural = "passos do consentimento"
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.status} {self.at:%d/%m/%Y %H:%M:%S}"
