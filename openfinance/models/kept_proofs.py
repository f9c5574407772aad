import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts import processing
from openfinance.models.consents import Consent, ConsentText


class KeptProof(models.Model):
    """What is left of a consent whose person had their data erased: proof that it was given.

    It is apart from everything else, leads to nobody by itself, and goes when its time is over. Who
    gives a CPF can be told by `cpf_index` whether one of these is theirs.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent_id = models.UUIDField("consentimento", unique=True)
    bank = models.CharField("banco", max_length=24)
    purpose = models.CharField("finalidade", max_length=200)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, verbose_name="texto mostrado")
    groups = ArrayField(models.CharField(max_length=40), verbose_name="grupos de dados")
    cpf_index = models.CharField("índice do CPF", max_length=64, blank=True, db_index=True)
    provider = models.CharField("provedor", max_length=20)
    bank_consent_id = models.CharField("id no banco", max_length=256, blank=True)
    agreed_at = models.DateTimeField("confirmado em")
    authorised_at = models.DateTimeField("autorizado em", null=True)
    expires_at = models.DateTimeField("valia até", null=True)
    ended_at = models.DateTimeField("encerrado em", null=True)
    reason = models.CharField("motivo", max_length=40, choices=Consent.Reason, blank=True)
    # When we began to end it at the bank, and None while the bank had not said that it did.
    revocation_requested_at = models.DateTimeField("cancelamento pedido em", null=True)
    revoked_at_bank_at = models.DateTimeField("cancelado no banco em", null=True)
    kept_at = models.DateTimeField("guardada em", default=timezone.now, editable=False)
    until = models.DateTimeField("guardada até")

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.APART,
        uses=(
            processing.Use(
                fields=("consent_id", "cpf_index", "bank_consent_id", "groups"),
                purpose="Provar que houve consentimento, depois de excluídos os dados",
                basis=processing.Basis.RIGHTS,
                retention=processing.Retention.PROOF,
            ),
        ),
        impersonal=("bank", "purpose", "provider"),
        is_erased=False,
    )

    class Meta:
        verbose_name = "prova de consentimento"
        verbose_name_plural = "provas de consentimento"
        ordering = ["-kept_at"]
        indexes = [models.Index(fields=["until"], name="kept_proof_by_end")]

    def __str__(self) -> str:
        return f"prova {self.pk}"
