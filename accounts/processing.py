"""The register of processing: what each column holds of a person, why, and for how long.

A model says it of itself in `personal_data`; what it does not say, a test asks for.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db import models


class Basis(models.TextChoices):
    """What allows the processing (LGPD, art. 7º); nothing here is sensitive data (art. 11)."""

    CONSENT = "consent", "Consentimento (LGPD, art. 7º, I)"
    OBLIGATION = "legal_obligation", "Obrigação legal (LGPD, art. 7º, II)"
    CONTRACT = "contract", "Execução de contrato (LGPD, art. 7º, V)"
    RIGHTS = "exercise_of_rights", "Exercício regular de direitos (LGPD, art. 7º, VI)"
    INTEREST = "legitimate_interest", "Legítimo interesse (LGPD, art. 7º, IX)"


class Retention(models.TextChoices):
    """How long something is kept; the values are the keys of settings.RETENTION, but the first two.

    Those have no days of their own: the account's end when its person asks for it, and the audit
    log only ever grows.
    """

    ACCOUNT = "account", "Enquanto a conta existir"
    AUDIT = "audit", "Sem prazo automático: a trilha não se apaga"
    WEBHOOKS = "webhooks", "Avisos do WhatsApp já lidos"
    MESSAGES = "messages", "Mensagens enviadas e recebidas"
    LINKS = "links", "Links enviados"
    CODES = "codes", "Códigos enviados ao telefone"
    CONTACTS = "contacts", "Contatos sem conta, desde o último sinal deles"
    CONSENTS = "consents", "Consentimentos, depois de encerrados"
    PROOF = "proof", "Prova do consentimento, depois de encerrado"
    KEYS = "keys", "Chaves de API, depois de encerradas"
    SUBSCRIPTIONS = "subscriptions", "Mudanças da assinatura, e a que foi cancelada"
    PLACES = "places", "Endereço e navegador de cada acesso"
    STAFF_LOG = "staff_log", "Registro do que a equipe fez"

    @property
    def days(self) -> int | None:
        """How many days, as settings say; None for what has no days of its own."""
        return settings.RETENTION.get(self.value)


class Owner(StrEnum):
    """Whose a row is, where no path of the ORM leads to a user."""

    # Told by the numbers and ids that WhatsApp knows a person by.
    IDENTITY = "identity"
    # Several people's at once: what it holds is in rows of their own too.
    MANY = "many"
    # Somebody's who has no account any more.
    APART = "apart"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What some columns are for. What is not exported opens something, or is a digest of it."""

    fields: tuple[str, ...]
    purpose: str
    basis: Basis
    retention: Retention
    is_exported: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Whose a model's rows are ("consent__connection__user", or an Owner), and what is in them.

    `impersonal` are the columns that say nothing of a person. Times, yes or no, choices and links
    to other rows need no mention. Rows that are not erased outlive their person's data, either
    because they hold none or because something else makes them nobody's.
    """

    owner: str
    uses: tuple[Use, ...] = ()
    impersonal: tuple[str, ...] = ()
    is_erased: bool = True

    @property
    def is_found_by_path(self) -> bool:
        """Tell whether a filter on `owner` finds the rows of a user."""
        return self.owner not in set(Owner)

    @property
    def unexported(self) -> frozenset[str]:
        """The columns that no export shows."""
        return frozenset(name for use in self.uses if not use.is_exported for name in use.fields)


# What needs no mention; a choice is one of few words of ours.
_PLAIN = (models.BooleanField, models.DateTimeField)


def of(model: type[models.Model]) -> Declaration | None:
    """Return what a model declares; None when it declares nothing."""
    declared: Declaration | None = getattr(model, "personal_data", None)
    return declared


def must_be_declared(model: type[models.Model]) -> set[str]:
    """Return the names of the columns of which a model must say what they hold."""
    return {field.name for field in model._meta.local_concrete_fields if _is_open(field)}


def _is_open(field: "models.Field[object, object]") -> bool:
    if field.primary_key:
        return not isinstance(field, models.AutoField | models.UUIDField | models.ForeignKey)
    if isinstance(field, models.ForeignKey):
        return field.related_model._meta.label == settings.AUTH_USER_MODEL
    return not (isinstance(field, _PLAIN) or field.choices)
