from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts import processing


class NativeFlowQuerySet(models.QuerySet["NativeFlow"]):
    def usable(self) -> "NativeFlowQuerySet":
        """Keep those that may be sent, the newest published first."""
        return self.filter(status=NativeFlow.Status.PUBLISHED).order_by("-published_at", "-pk")


class NativeFlow(models.Model):
    """A WhatsApp Flow at Meta; a published one never changes, its successor is a new row."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Rascunho"
        PUBLISHED = "PUBLISHED", "Publicado"
        THROTTLED = "THROTTLED", "Limitado pela Meta"
        BLOCKED = "BLOCKED", "Bloqueado pela Meta"
        DEPRECATED = "DEPRECATED", "Substituído"

    meta_id = models.CharField("id na Meta", max_length=64, unique=True)
    name = models.CharField("nome", max_length=200)
    status = models.CharField("situação", max_length=10, choices=Status, default=Status.DRAFT)
    # Of the Flow JSON that was uploaded: tells whether ours has changed since.
    version_hash = models.CharField("versão", max_length=64)
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)
    published_at = models.DateTimeField("publicado em", null=True, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.NOBODY, impersonal=("meta_id", "name", "version_hash")
    )

    objects = NativeFlowQuerySet.as_manager()

    class Meta:
        verbose_name = "Flow do WhatsApp"
        verbose_name_plural = "Flows do WhatsApp"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.meta_id})"
