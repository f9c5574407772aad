from typing import ClassVar

from django.db import models

from accounts import processing


class MessageTemplate(models.Model):
    """A template at Meta, as far as we know: what it says, and whether it may be sent.

    `components` is what Meta was last told or told us, in its own JSON; `fills` is what we need to
    fill it in again, such as which bank each of its buttons stands for.
    """

    class Status(models.TextChoices):
        MISSING = "missing", "Não existe na Meta"
        PENDING = "PENDING", "Em análise"
        APPROVED = "APPROVED", "Aprovado"
        REJECTED = "REJECTED", "Recusado"
        PAUSED = "PAUSED", "Pausado"
        DISABLED = "DISABLED", "Desativado"
        OTHER = "other", "Outra situação"

    name = models.CharField("nome", max_length=512)
    language = models.CharField("idioma", max_length=10, default="pt_BR")
    meta_id = models.CharField("id na Meta", max_length=64, blank=True)
    category = models.CharField("categoria", max_length=20)
    status = models.CharField("situação", max_length=10, choices=Status, default=Status.MISSING)
    reason = models.CharField("motivo", max_length=500, blank=True)
    components = models.JSONField("conteúdo", default=list)
    fills = models.JSONField("preenchimento", default=dict)
    changed_at = models.DateTimeField("situação desde", null=True, blank=True)
    synced_at = models.DateTimeField("sincronizado em", null=True, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.NOBODY,
        impersonal=("name", "language", "meta_id", "category", "reason", "components", "fills"),
    )

    class Meta:
        verbose_name = "modelo de mensagem"
        verbose_name_plural = "modelos de mensagem"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name", "language"], name="template_name_and_language"),
        ]

    def __str__(self) -> str:
        return self.name
