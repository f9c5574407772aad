from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

_RETRIED_FOR = timedelta(days=7)
# Seconds until a POST that got no 200 is sent again: soon at first, then less often. Meta goes on
# to hours; nobody waits that long for a simulator.
_PAUSES = (1, 2, 4, 8, 16, 30)

_LONGEST_DELAY = 86_400.0


class Telling(models.Model):
    """How updates are told to the business. There is one row at most; without it, all is well."""

    class Order(models.TextChoices):
        RIGHT = "right", "Na ordem"
        WRONG = "wrong", "De trás para a frente"

    ONLY = 1
    MOST_IN_BATCH = 1000

    id = models.SmallIntegerField(primary_key=True, default=ONLY, editable=False)
    order = models.CharField("ordem", max_length=5, choices=Order, default=Order.RIGHT)
    twice = models.BooleanField("duas vezes", default=False)
    late = models.FloatField(
        "atraso em segundos",
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(_LONGEST_DELAY)],
    )
    batch = models.PositiveSmallIntegerField(
        "quantos por vez",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_IN_BATCH)],
    )
    muted = models.BooleanField("não avisar", default=False)

    class Meta:
        verbose_name = "aviso"
        verbose_name_plural = "avisos"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="simulator_one_telling"),
            models.CheckConstraint(
                condition=models.Q(batch__gte=1, batch__lte=1000), name="simulator_batch_as_metas"
            ),
        ]

    def __str__(self) -> str:
        return "aviso"

    @classmethod
    def current(cls) -> "Telling":
        """Return how updates are told now."""
        return cls.objects.first() or cls()


class WebhookQuerySet(models.QuerySet["SimulatedWebhook"]):
    def waiting(self) -> "WebhookQuerySet":
        """Return those that the business has not answered with 200, and may still."""
        return self.filter(delivered_at=None, at__gt=timezone.now() - _RETRIED_FOR)

    def delivered(self) -> "WebhookQuerySet":
        """Return those that it answered with 200."""
        return self.filter(delivered_at__isnull=False)


class SimulatedWebhook(models.Model):
    """One update for the business, to be told alone or in a batch, until it answers 200.

    `value` is that of a webhook's change, or the whole update of the account, and `field` the one
    it goes under; `at` is when it happened.
    """

    field = models.CharField(max_length=60)
    value = models.JSONField("conteúdo")
    at = models.DateTimeField("aconteceu em", default=timezone.now)
    due_at = models.DateTimeField("a partir de", default=timezone.now)
    attempts = models.PositiveSmallIntegerField("tentativas", default=0)
    delivered_at = models.DateTimeField("entregue em", null=True, blank=True)
    last_answer = models.CharField("última resposta", max_length=60, blank=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook"
        verbose_name_plural = "webhooks"
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(delivered_at__isnull=True),
                name="simulator_webhook_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk}"

    @property
    def pause(self) -> timedelta:
        """Return how long to wait after the attempts that were made."""
        return timedelta(seconds=_PAUSES[min(self.attempts, len(_PAUSES)) - 1])
