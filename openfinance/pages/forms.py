from typing import Any

from django import forms

from openfinance import cpf
from openfinance.pages.offers import OPTIONAL, TERMS
from openfinance.permissions import Group

_LONGEST = 40
_MARKS = 14


class ConsentForm(forms.Form):
    """What a person chooses on the consent page; `shown` is which words it showed."""

    groups = forms.MultipleChoiceField(
        choices=[(group.value, group.label) for group in OPTIONAL], required=False
    )
    term = forms.ChoiceField(
        choices=[(name, name) for name in TERMS],
        error_messages={
            "required": "Escolha por quanto tempo.",
            "invalid_choice": "Escolha por quanto tempo.",
        },
    )
    cpf = forms.CharField(
        max_length=_LONGEST,
        error_messages={
            "required": "Digite seu CPF: o banco confere se a conta é sua.",
            "max_length": "Confira o CPF: são 11 números.",
        },
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "off",
                "placeholder": "000.000.000-00",
                "maxlength": _MARKS + 6,
            }
        ),
    )
    shown = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, needs_cpf: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_cpf:
            del self.fields["cpf"]

    def clean_groups(self) -> list[Group]:
        return [Group(name) for name in self.cleaned_data["groups"]]

    def clean_cpf(self) -> str:
        try:
            return cpf.normalise(self.cleaned_data["cpf"])
        except cpf.InvalidCpf:
            raise forms.ValidationError(
                "Confira o CPF: algum número não bate.", code="invalid_cpf"
            ) from None
