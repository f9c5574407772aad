import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

Json = Mapping[str, Any]

_LONGEST_REVIEW = 86_400.0  # seconds


def new_meta_id() -> str:
    """Return an id that no template and no Flow has."""
    return str(secrets.randbelow(9 * 10**14) + 10**14)


class Review(models.Model):
    """What becomes of a template that is created or edited, and when.

    There is one row at most; without it each is approved after a moment.
    """

    class Verdict(models.TextChoices):
        APPROVED = "APPROVED", "Aprovar"
        REJECTED = "REJECTED", "Recusar"
        NONE = "NONE", "Deixar em análise"

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY, editable=False)
    verdict = models.CharField("decisão", max_length=8, choices=Verdict, default=Verdict.APPROVED)
    seconds = models.FloatField(
        "segundos", default=1, validators=[MinValueValidator(0), MaxValueValidator(_LONGEST_REVIEW)]
    )

    class Meta:
        verbose_name = "análise"
        verbose_name_plural = "análises"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="simulator_one_review"),
        ]

    def __str__(self) -> str:
        return self.get_verdict_display()

    @classmethod
    def current(cls) -> "Review":
        """Return how templates are reviewed now."""
        return cls.objects.first() or cls()


class TemplateQuerySet(models.QuerySet["SimulatedTemplate"]):
    def named(self, content: Json) -> "SimulatedTemplate | None":
        """Return the one that a message's `template` object names, None when there is none."""
        language = content.get("language", {}).get("code", "").replace("-", "_")
        return self.filter(name=content.get("name", ""), language=language).first()


class SimulatedTemplate(models.Model):
    """A template of the business, in Meta's own words.

    `reviewed_at` is when its review ends, or ended.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", "em análise"
        APPROVED = "APPROVED", "aprovado"
        REJECTED = "REJECTED", "recusado"
        PAUSED = "PAUSED", "pausado"
        DISABLED = "DISABLED", "desativado"
        FLAGGED = "FLAGGED", "sinalizado"
        ARCHIVED = "ARCHIVED", "arquivado"
        LOCKED = "LOCKED", "bloqueado"

    meta_id = models.CharField(max_length=20, unique=True, default=new_meta_id)
    name = models.CharField("nome", max_length=512)
    language = models.CharField("idioma", max_length=10)
    category = models.CharField("categoria", max_length=20)
    status = models.CharField("situação", max_length=20, choices=Status, default=Status.PENDING)
    rejected_reason = models.CharField("motivo", max_length=60, default="NONE")
    parameter_format = models.CharField("variáveis", max_length=10, default="POSITIONAL")
    components = models.JSONField("conteúdo")
    reviewed_at = models.DateTimeField("analisado em", default=timezone.now)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        verbose_name = "modelo"
        verbose_name_plural = "modelos"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["name", "language"], name="simulator_one_template"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def buttons(self) -> list[Json]:
        """Return its buttons, in order."""
        found: list[Json] = self.component("BUTTONS").get("buttons", [])
        return found

    def component(self, kind: str) -> Json:
        """Return one of HEADER, BODY, FOOTER and BUTTONS; an empty one when it has none."""
        return next((each for each in self.components if each["type"].upper() == kind), {})

    def submit(self) -> None:
        """Hand it in for review, unsaved."""
        review = Review.current()
        self.status = self.Status.PENDING
        self.reviewed_at = timezone.now() + timedelta(seconds=review.seconds)


class SimulatedFlow(models.Model):
    """A WhatsApp Flow of the business; `flow_json` is None until it is uploaded."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "rascunho"
        PUBLISHED = "PUBLISHED", "publicado"
        THROTTLED = "THROTTLED", "limitado"
        BLOCKED = "BLOCKED", "bloqueado"
        DEPRECATED = "DEPRECATED", "substituído"

    flow_id = models.CharField(max_length=20, unique=True, default=new_meta_id)
    name = models.CharField("nome", max_length=200)
    status = models.CharField("situação", max_length=10, choices=Status, default=Status.DRAFT)
    categories = models.JSONField("categorias", default=list)
    endpoint_uri = models.CharField("endereço", max_length=2000, blank=True)
    flow_json = models.JSONField("telas", null=True, blank=True)
    created_at = models.DateTimeField("criado em", default=timezone.now)

    class Meta:
        verbose_name = "Flow"
        verbose_name_plural = "Flows"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class EncryptionKey(models.Model):
    """The public key of the business's one number: phones encrypt for it what a Flow sends."""

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY, editable=False)
    public_key = models.TextField("chave pública")

    class Meta:
        verbose_name = "chave"
        verbose_name_plural = "chaves"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="simulator_one_key"),
        ]

    def __str__(self) -> str:
        return "chave"
