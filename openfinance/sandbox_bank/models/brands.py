from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

_TOKEN_SECONDS = 300
_LONGEST_TOKEN_SECONDS = 900


class BrandState(models.Model):
    """How a brand behaves now; one without a row behaves well.

    `token_seconds` is what FAPI-BR allows, or less for whoever does not want to wait. `lacks` are
    the groups of data that the brand does not offer.
    """

    brand = models.SlugField("marca", unique=True)
    is_down = models.BooleanField("fora do ar", default=False)
    token_seconds = models.PositiveIntegerField(
        "segundos de um token",
        default=_TOKEN_SECONDS,
        validators=[MinValueValidator(1), MaxValueValidator(_LONGEST_TOKEN_SECONDS)],
    )
    lacks = ArrayField(
        models.CharField(max_length=40), verbose_name="não oferece", default=list, blank=True
    )
    needs_several_approvers = models.BooleanField("exige várias pessoas", default=False)

    class Meta:
        verbose_name = "situação de uma marca"
        verbose_name_plural = "situações das marcas"

    def __str__(self) -> str:
        return self.brand

    @classmethod
    def of(cls, brand: str) -> "BrandState":
        """Return how a brand behaves now, unsaved where nobody ever changed it."""
        return cls.objects.filter(brand=brand).first() or cls(brand=brand)


class Stranger(models.Model):
    """A person who has no account at a brand; everybody else has one."""

    brand = models.SlugField("marca")
    customer = models.CharField("resumo do CPF", max_length=64)

    class Meta:
        verbose_name = "quem não é cliente"
        verbose_name_plural = "quem não é cliente"
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "customer"], name="sandbox_bank_stranger_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand}: {self.customer[:8]}"
