from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts import processing


class BankQuerySet(models.QuerySet["Bank"]):
    def active(self) -> "BankQuerySet":
        """Keep the banks a person may choose, with their logos left in the database.

        Those of businesses are not for them: a consent is given with a CPF.
        """
        offered = self.filter(deactivated_at__isnull=True, unavailable_reason="")
        return offered.filter(audience=Bank.Audience.PEOPLE).defer("logo_png")

    def logos(self) -> dict[str, bytes]:
        """Return the logos there are, by slug."""
        found = self.filter(logo_png__isnull=False).values_list("slug", "logo_png")
        return {slug: bytes(logo) for slug, logo in found if logo}

    def favourites(self) -> "BankQuerySet":
        """Keep those that staff put in the WhatsApp list, in its order."""
        return self.active().filter(is_favourite=True).order_by("position", "name")


class Bank(models.Model):
    """One brand of an Open Finance participant, as people know it.

    `provider` leads people to it by what `provider_reference` says; nobody does where it is blank.

    `sync_banks` owns the registry's facts (codes, legal name, unavailable_reason); staff own the
    rest (name shown, aliases, order, favourite, deactivation) and a sync never overwrites it.
    """

    class Provider(models.TextChoices):
        """Who leads people to a bank."""

        SANDBOX = "sandbox", "Banco de testes"
        PLUGGY = "pluggy", "Pluggy"
        BRASIL = "brasil", "Open Finance Brasil, direto"

    class Audience(models.TextChoices):
        """Whose accounts a brand has."""

        PEOPLE = "PF", "Pessoas"
        BUSINESSES = "PJ", "Empresas"

    slug = models.SlugField("identificador", unique=True)
    # A row title in a WhatsApp list holds 24 characters.
    name = models.CharField("nome", max_length=24, unique=True)
    aliases = ArrayField(
        models.CharField(max_length=60),
        verbose_name="apelidos",
        default=list,
        blank=True,
        help_text="Como as pessoas chamam o banco, separados por vírgula.",
    )
    legal_name = models.CharField("razão social", max_length=200)
    cnpj = models.CharField("CNPJ", max_length=14, blank=True)
    ispb = models.CharField("ISPB", max_length=8, blank=True)
    compe = models.CharField("código COMPE", max_length=3, blank=True)
    position = models.PositiveIntegerField("ordem", default=1000)
    is_favourite = models.BooleanField(
        "na lista do WhatsApp",
        default=False,
        help_text="A lista mostra os nove primeiros pela ordem.",
    )
    unavailable_reason = models.CharField("indisponível porque", max_length=200, blank=True)
    deactivated_at = models.DateTimeField("desativado pela equipe em", null=True, blank=True)

    audience = models.CharField(
        "para quem", max_length=2, choices=Audience, default=Audience.PEOPLE
    )
    provider = models.CharField(
        "provedor",
        max_length=10,
        choices=Provider,
        blank=True,
        help_text="Quem leva a pessoa até o banco. Vazio: a página diz que a conexão vem em breve.",
    )
    provider_reference = models.JSONField(
        "referência no provedor",
        default=dict,
        blank=True,
        help_text="O que o provedor precisa para encontrar o banco.",
    )
    # Small enough for a list of twenty in a WhatsApp Flow.
    logo_png = models.BinaryField("logotipo", null=True, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.NOBODY,
        impersonal=(
            "slug",
            "name",
            "aliases",
            "legal_name",
            "cnpj",
            "ispb",
            "compe",
            "position",
            "unavailable_reason",
            "provider_reference",
            "logo_png",
        ),
    )

    objects = BankQuerySet.as_manager()

    class Meta:
        verbose_name = "banco"
        verbose_name_plural = "bancos"
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
