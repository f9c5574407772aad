from django.db import models

from openfinance.sandbox_bank.models.consents import Consent


class Token(models.Model):
    """What opens the bank's APIs, by the digest of its text.

    `consent` is None for the receiver's own, and `expires_at` for a refresh token, which lasts as
    long as its consent.
    """

    class Kind(models.TextChoices):
        CLIENT = "client", "Da receptora"
        ACCESS = "access", "De acesso"
        REFRESH = "refresh", "De renovação"

    digest = models.CharField("resumo", max_length=64, primary_key=True)
    brand = models.SlugField("marca")
    kind = models.CharField("tipo", max_length=7, choices=Kind)
    consent = models.ForeignKey(
        Consent,
        on_delete=models.CASCADE,
        null=True,
        related_name="tokens",
        verbose_name="consentimento",
    )
    expires_at = models.DateTimeField("vale até", null=True)

    class Meta:
        verbose_name = "token"
        verbose_name_plural = "tokens"

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:8]}"
