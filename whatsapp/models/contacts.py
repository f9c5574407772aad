from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts import processing


class ContactQuerySet(models.QuerySet["Contact"]):
    def in_window(self, *, at: datetime | None = None) -> "ContactQuerySet":
        """Keep those who wrote within the last 24 hours, so that any message may be sent."""
        return self.filter(window_ends_at__gt=at or timezone.now())

    def known_as(self, *, numbers: list[str], user_ids: list[str]) -> "ContactQuerySet":
        """Keep those with any of these numbers (digits, in the very form) or user ids."""
        phones = [f"+{number}" for number in numbers]
        return self.filter(
            models.Q(phone__in=phones)
            | models.Q(wa_id__in=numbers)
            | models.Q(user_id__in=user_ids)
        )


class Contact(models.Model):
    """A person on WhatsApp, and what its rules make us remember of them.

    Any of the three identities may be missing, never all. `phone` is E.164 as the person's user has
    it, `wa_id` the digits WhatsApp knows them by (in Brazil perhaps without the ninth digit), and
    `user_id` the business-scoped id, which stays when the number is hidden. Only `contacts` writes
    these rows: they are what its facts (`ContactFact`) come to.
    """

    phone = models.CharField("telefone", max_length=16, unique=True, null=True, blank=True)
    wa_id = models.CharField("wa_id", max_length=20, unique=True, null=True, blank=True)
    user_id = models.CharField("id no WhatsApp", max_length=140, unique=True, null=True, blank=True)
    # When their number passed to them from another person; None when it was nobody else's.
    took_number_at = models.DateTimeField("número recebido em", null=True, blank=True)
    window_ends_at = models.DateTimeField("janela aberta até", null=True, blank=True)
    opted_in_at = models.DateTimeField("aceitou receber em", null=True, blank=True)
    opt_in_proof = models.JSONField("prova do aceite", default=dict, blank=True)
    opted_out_at = models.DateTimeField("pediu para não receber em", null=True, blank=True)
    marketing_stopped_at = models.DateTimeField("recusou marketing em", null=True, blank=True)
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.IDENTITY,
        uses=(
            processing.Use(
                fields=("phone", "wa_id", "user_id"),
                purpose="Responder a quem escreve no WhatsApp e saber se ainda pode receber",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.CONTACTS,
            ),
            processing.Use(
                fields=("opt_in_proof",),
                purpose="Provar que a pessoa aceitou receber mensagens",
                basis=processing.Basis.CONSENT,
                retention=processing.Retention.CONTACTS,
            ),
        ),
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = "contato"
        verbose_name_plural = "contatos"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(phone__isnull=False)
                | models.Q(wa_id__isnull=False)
                | models.Q(user_id__isnull=False),
                name="contact_has_an_identity",
            ),
        ]

    def __str__(self) -> str:
        return f"contato {self.pk}"

    @property
    def number(self) -> str | None:
        """Return the digits of their number, as WhatsApp has them where it told; None if hidden."""
        return self.wa_id or (self.phone.removeprefix("+") if self.phone else None)

    @property
    def address(self) -> str:
        """Return where a message to them goes: E.164 with its "+", else the business-scoped id.

        The number WhatsApp told us comes first: it is the one they write from.
        """
        if self.wa_id:
            return f"+{self.wa_id}"
        return self.phone or self.user_id or ""
