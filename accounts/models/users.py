from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts import phones, processing
from accounts.encrypted import EncryptedTextField, KeyedIndex


class UserManager(BaseUserManager["User"]):
    """Create users by e-mail."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user; without a password no sign-in is possible, and the API key still works."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user who may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by e-mail whatever its case, for signing in."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person: signs in by e-mail and is reached at one phone number, E.164."""

    email = models.EmailField("e-mail", unique=True)
    name = models.CharField("nome", max_length=150, blank=True)
    phone = EncryptedTextField(
        "telefone",
        purpose="phone",
        max_length=16,
        blank=True,
        validators=[phones.validate],
        help_text="Com DDD. Guardado no formato internacional.",
    )
    phone_verified_at = models.DateTimeField("telefone verificado em", null=True, blank=True)
    is_active = models.BooleanField("ativo", default=True)
    is_staff = models.BooleanField("equipe", default=False)
    date_joined = models.DateTimeField("criado em", default=timezone.now, editable=False)
    # What a person's own pages began before it is over.
    signed_out_at = models.DateTimeField(
        "saiu de todos os aparelhos em", null=True, blank=True, editable=False
    )
    # From the first on nothing works for them; at the second nothing of theirs is left.
    erasure_requested_at = models.DateTimeField(
        "exclusão pedida em", null=True, blank=True, editable=False
    )
    erased_at = models.DateTimeField("dados excluídos em", null=True, blank=True, editable=False)

    personal_data: ClassVar = processing.Declaration(
        owner="id",
        uses=(
            processing.Use(
                fields=("email", "name", "phone"),
                purpose="Identificar a pessoa, falar com ela e deixá-la entrar na conta",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.ACCOUNT,
            ),
            processing.Use(
                fields=("password",),
                purpose="Conferir a senha de quem tem uma",
                basis=processing.Basis.CONTRACT,
                retention=processing.Retention.ACCOUNT,
                is_exported=False,
            ),
        ),
        is_erased=False,  # replaced instead: what must not be deleted points at it
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = "usuário"
        verbose_name_plural = "usuários"
        permissions = [
            ("reveal_personal_data", "Pode ver telefone e CPF por inteiro, um a um"),
            ("export_personal_data", "Pode exportar os dados de uma pessoa"),
            ("erase_personal_data", "Pode excluir os dados de uma pessoa"),
        ]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case"),
            # A verified number has one form only: `phones` writes no other.
            models.UniqueConstraint(
                KeyedIndex("phone"),
                condition=models.Q(phone_verified_at__isnull=False) & ~models.Q(phone=""),
                name="user_verified_phone_unique",
                violation_error_message="Esse telefone já foi verificado por outra pessoa.",
            ),
        ]
        indexes = [models.Index(KeyedIndex("phone"), name="user_by_phone")]

    def __str__(self) -> str:
        return self.email

    def get_short_name(self) -> str:
        """Return the first name, without anything unprintable, or "" when no name is known."""
        printable = "".join(c if c.isprintable() else " " for c in self.name)
        return next(iter(printable.split()), "")
