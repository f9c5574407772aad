from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts import processing


class AuditSeal(models.Model):
    """A digest over the heads of all chains, and over the seal before; rows are only ever added."""

    number = models.BigIntegerField("número", primary_key=True)
    at = models.DateTimeField("em", default=timezone.now, editable=False)
    # Those that moved since the seal before: the others are in it already.
    heads = models.IntegerField("cadeias que cresceram")
    previous = models.BinaryField(max_length=32, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    mac = models.BinaryField(max_length=32, editable=False)
    key = models.CharField(max_length=48, editable=False)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.NOBODY,
        impersonal=("number", "heads", "previous", "digest", "mac", "key"),
    )

    class Meta:
        verbose_name = "selo da auditoria"
        verbose_name_plural = "selos da auditoria"
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"selo {self.number}"


class AuditSealedHead(models.Model):
    """A chain's head as a seal has it."""

    seal = models.ForeignKey(AuditSeal, on_delete=models.PROTECT, related_name="sealed_heads")
    owner = models.BigIntegerField()
    length = models.BigIntegerField()
    mac = models.BinaryField(max_length=32)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.NOBODY, impersonal=("owner", "length", "mac")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seal", "owner"], name="audit_head_sealed_once"),
        ]
        indexes = [models.Index(fields=["owner", "seal"], name="audit_sealed_by_owner")]

    def __str__(self) -> str:
        return f"{self.owner}: {self.length}"


class AuditSealDelivery(models.Model):
    """A seal that is now also where the database cannot change it."""

    class To(models.TextChoices):
        """Where seals go."""

        FILE = "file", "Arquivo"
        HOOK = "hook", "Serviço de carimbo"

    seal = models.ForeignKey(AuditSeal, on_delete=models.PROTECT, related_name="deliveries")
    to = models.CharField("para", max_length=4, choices=To)
    at = models.DateTimeField("em", default=timezone.now, editable=False)
    # What the hook returned, such as a timestamp token of RFC 3161.
    answer = models.BinaryField(null=True, editable=False)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.NOBODY, impersonal=("answer",)
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seal", "to"], name="audit_seal_delivered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seal_id}: {self.to}"
