from datetime import datetime
from typing import ClassVar

from django.db import models

from accounts import processing


class ContactFactQuerySet(models.QuerySet["ContactFact"]):
    def naming(self, *, numbers: list[str], user_ids: list[str]) -> "ContactFactQuerySet":
        """Keep those that name any of these identities, new or previous."""
        return self.filter(
            models.Q(number__in=numbers)
            | models.Q(user_id__in=user_ids)
            | models.Q(previous_number__in=numbers)
            | models.Q(previous_user_id__in=user_ids)
        )


class ContactFact(models.Model):
    """What was told of a person under the identities named together, the first and the last time.

    Contacts are worked out from these in the order in which they happened, whatever the order in
    which they came. The same told again, or later, only moves its times: one person has few rows.
    Numbers are digits with country code, in the form they were told; "" where none was.
    """

    class Kind(models.TextChoices):
        """`whatsapp.identities` says what each one means; this is also the order of one moment."""

        ASSUMED = "assumed", "Já sabíamos"
        NAMED = "named", "O WhatsApp citou"
        MOVED = "moved", "Mudou de número ou de id"
        HEARD = "heard", "Escreveu"
        CLOSED = "closed", "Janela fechada"
        RESUMED = "resumed", "Voltou a aceitar marketing"
        STOPPED = "stopped", "Recusou marketing"
        REFUSED = "refused", "Marketing recusado no envio"
        OPTED_IN = "opted_in", "Aceitou receber"
        OPTED_OUT = "opted_out", "Pediu para não receber"

    kind = models.CharField("tipo", max_length=10, choices=Kind)
    number = models.CharField("número", max_length=20, blank=True)
    user_id = models.CharField("id no WhatsApp", max_length=255, blank=True)
    previous_number = models.CharField("número anterior", max_length=20, blank=True)
    previous_user_id = models.CharField("id anterior no WhatsApp", max_length=255, blank=True)
    first_at = models.DateTimeField("primeira vez em")
    last_at = models.DateTimeField("última vez em")
    # Of the last time: how they asked to receive, or not to.
    details = models.JSONField("detalhes", default=dict, blank=True)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.IDENTITY,
        uses=(
            processing.Use(
                fields=("number", "user_id", "previous_number", "previous_user_id"),
                purpose="Não falar com a pessoa errada quando um número muda de dono",
                basis=processing.Basis.INTEREST,
                retention=processing.Retention.CONTACTS,
            ),
            processing.Use(
                fields=("details",),
                purpose="Provar o que a pessoa pediu: receber ou não receber mensagens",
                basis=processing.Basis.RIGHTS,
                retention=processing.Retention.CONTACTS,
            ),
        ),
    )

    objects = ContactFactQuerySet.as_manager()

    class Meta:
        verbose_name = "fato de contato"
        verbose_name_plural = "fatos de contato"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "number", "user_id", "previous_number", "previous_user_id"],
                name="contact_fact_kept_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=[name], condition=~models.Q(**{name: ""}), name=f"contact_fact_{suffix}"
            )
            for name, suffix in (
                ("number", "number"),
                ("user_id", "user_id"),
                ("previous_number", "old_number"),
                ("previous_user_id", "old_user_id"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.last_at:%d/%m/%Y %H:%M:%S}"

    def moments(self) -> set[datetime]:
        """Return the two times at which it is known to have been so."""
        return {self.first_at, self.last_at}
