"""What staff type to get in."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from pierre.staff import attempts


class SignInForm(AdminAuthenticationForm):
    """E-mail and password; what is wrong with them is not told apart."""

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            attempts.refused(email=self.cleaned_data.get("username", ""))
            raise
        return cleaned


class CodeForm(forms.Form):
    """A code of an authenticator, or one from paper."""

    code = forms.CharField(
        label="Código",
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "autofocus": True,
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "Digite o código."},
    )
