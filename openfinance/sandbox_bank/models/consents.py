import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.sealed import SealedField


class Consent(models.Model):
    """A consent as the bank has it; `expires_at` is None for a term without an end.

    `customer` is the digest of the logged user's CPF, and `cnpj` "" unless a business's data are
    meant.
    """

    class Status(models.TextChoices):
        AWAITING = "AWAITING_AUTHORISATION", "Aguardando sua confirmação"
        AUTHORISED = "AUTHORISED", "Ativo"
        REJECTED = "REJECTED", "Encerrado"

    class RejectedBy(models.TextChoices):
        USER = "USER", "Cliente"
        ASPSP = "ASPSP", "Banco"
        TPP = "TPP", "Receptora"

    class Code(models.TextChoices):
        """Why it is REJECTED, and the name of that for its customer."""

        EXPIRED = "CONSENT_EXPIRED", "Não foi confirmado a tempo"
        REFUSED = "CUSTOMER_MANUALLY_REJECTED", "Recusado"
        REVOKED = "CUSTOMER_MANUALLY_REVOKED", "Encerrado por você"
        OVER = "CONSENT_MAX_DATE_REACHED", "Vencido"
        TECHNICAL = "CONSENT_TECHNICAL_ISSUE", "Falha técnica"
        SECURITY = "INTERNAL_SECURITY_REASON", "Encerrado pelo banco"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    brand = models.SlugField("marca")
    customer = models.CharField("resumo do CPF", max_length=64)
    cnpj = models.CharField("CNPJ", max_length=14, blank=True)
    permissions = ArrayField(models.CharField(max_length=80), verbose_name="permissões")
    status = models.CharField("situação", max_length=22, choices=Status, default=Status.AWAITING)
    created_at = models.DateTimeField("criado em", default=timezone.now)
    changed_at = models.DateTimeField("mudou em", default=timezone.now)
    expires_at = models.DateTimeField("vale até", null=True, blank=True)
    rejected_by = models.CharField("encerrado por", max_length=5, choices=RejectedBy, blank=True)
    code = models.CharField("motivo", max_length=30, choices=Code, blank=True)
    # At most 140 characters, without a blank at either end.
    note = models.CharField("informação adicional", max_length=140, blank=True)

    class Meta:
        verbose_name = "consentimento"
        verbose_name_plural = "consentimentos"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["brand", "customer"], name="sandbox_bank_of_customer")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="REJECTED") ^ models.Q(code=""),
                name="sandbox_bank_rejected_with_code",
            ),
        ]

    def __str__(self) -> str:
        return self.urn

    @property
    def urn(self) -> str:
        """Return the id under which the receiver knows it."""
        return f"urn:{self.brand}:{self.pk.hex}"


class Extension(models.Model):
    """A longer term that its customer gave to a consent; None for one without an end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(
        Consent, on_delete=models.CASCADE, related_name="extensions", verbose_name="consentimento"
    )
    requested_at = models.DateTimeField("pedida em", default=timezone.now)
    expires_at = models.DateTimeField("vale até", null=True, blank=True)
    previous_expires_at = models.DateTimeField("valia até", null=True, blank=True)
    cpf = SealedField("CPF")
    address = models.CharField("endereço IP", max_length=100)
    user_agent = models.CharField("navegador", max_length=255)

    class Meta:
        verbose_name = "extensão"
        verbose_name_plural = "extensões"
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return f"extensão {self.pk}"
