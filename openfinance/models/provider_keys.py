import uuid
from typing import ClassVar

from django.db import models

from accounts import processing
from accounts.sealed import SealedField


class ProviderKey(models.Model):
    """A provider's key to its own API, which all processes share and one of them renews."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The provider and a digest of the client it is for.
    name = models.CharField("nome", max_length=80, unique=True)
    key = SealedField("chave", null=True)
    expires_at = models.DateTimeField("vale até", null=True)
    # Of the one process that renews it now.
    lease = models.UUIDField("renovação", null=True)
    leased_until = models.DateTimeField("em renovação até", null=True)

    personal_data: ClassVar = processing.Declaration(
        owner=processing.Owner.NOBODY, impersonal=("name", "key", "lease")
    )

    class Meta:
        verbose_name = "chave de provedor"
        verbose_name_plural = "chaves de provedores"

    def __str__(self) -> str:
        return self.name
