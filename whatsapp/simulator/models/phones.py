import secrets
from datetime import datetime

from django.db import models
from django.utils import timezone


def new_user_id() -> str:
    """Return a business-scoped id that nobody has."""
    return f"BR.{secrets.randbelow(9 * 10**19) + 10**19}"


class SimulatedPhone(models.Model):
    """A phone with WhatsApp on it; `wa_id` may differ from the number for old accounts.

    `user_id` is its business-scoped id. One that hides its number is in webhooks by that id alone.
    """

    number = models.CharField("número", max_length=16, unique=True)
    name = models.CharField("nome", max_length=60)
    wa_id = models.CharField("wa_id", max_length=16, blank=True)
    user_id = models.CharField(max_length=140, unique=True, default=new_user_id)
    hides_number = models.BooleanField("esconde o número", default=False)
    # Until when the business may write anything to it; None while it never wrote.
    window_ends_at = models.DateTimeField("janela aberta até", null=True, blank=True)

    class Meta:
        verbose_name = "telefone"
        verbose_name_plural = "telefones"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Return up to two letters for the avatar."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()

    @property
    def digits(self) -> str:
        """Return the wa_id, which is the number's digits for most."""
        return self.wa_id or self.number.removeprefix("+")

    def is_in_window(self, *, at: datetime | None = None) -> bool:
        """Say whether the business may write anything, and not only templates."""
        return self.window_ends_at is not None and self.window_ends_at > (at or timezone.now())
