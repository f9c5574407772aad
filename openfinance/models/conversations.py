from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts import processing
from whatsapp.models import Contact


class Conversation(models.Model):
    """What the chat must remember of a person between two of their messages."""

    contact = models.OneToOneField(
        Contact, on_delete=models.CASCADE, related_name="conversation", verbose_name="contato"
    )
    # They were asked for a bank's name, so what they type next is one.
    asked_for_bank_at = models.DateTimeField("pedimos o banco em", null=True, blank=True)
    helped_at = models.DateTimeField("última ajuda em", null=True, blank=True)
    # Those that still count against the most that an hour may have, oldest first.
    answered_at = ArrayField(
        models.DateTimeField(), verbose_name="respostas recentes", default=list, blank=True
    )

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.IDENTITY, impersonal=("answered_at",)
    )

    class Meta:
        verbose_name = "conversa"
        verbose_name_plural = "conversas"

    def __str__(self) -> str:
        return f"conversa {self.pk}"
