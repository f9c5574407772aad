"""What people type on their own pages; what is wrong with it is said in the templates."""

from datetime import timedelta

from django import forms

from accounts.models import ApiKey

LIFETIMES = {
    "": None,
    "30": timedelta(days=30),
    "90": timedelta(days=90),
    "365": timedelta(days=365),
}
# What a person types to have everything erased.
ERASE = "EXCLUIR"


class PhoneForm(forms.Form):
    phone = forms.CharField(max_length=30)


class EmailForm(forms.Form):
    email = forms.EmailField(max_length=254)


class CodeForm(forms.Form):
    """Six digits, as people copy them: with blanks or a hyphen, or without."""

    code = forms.RegexField(r"[0-9]{6}", max_length=6)

    def __init__(self, data: dict[str, str] | None = None) -> None:
        if data is not None:
            data = {"code": "".join(c for c in data.get("code", "") if c not in " -\u00a0")}
        super().__init__(data)


class NewKeyForm(forms.Form):
    name = forms.CharField(max_length=ApiKey._meta.get_field("name").max_length, required=False)
    is_test = forms.BooleanField(required=False)
    lifetime = forms.ChoiceField(choices=[(name, name) for name in LIFETIMES], required=False)


class RollForm(forms.Form):
    overlap = forms.TypedChoiceField(choices=ApiKey.Overlap.choices, coerce=ApiKey.Overlap)


class EraseForm(forms.Form):
    word = forms.CharField(max_length=20)

    def clean_word(self) -> str:
        word = str(self.cleaned_data["word"])
        if word.upper() != ERASE:
            raise forms.ValidationError("", code="other_word")
        return word
