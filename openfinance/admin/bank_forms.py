"""The form of a bank's row, which watches over who serves the bank."""

from typing import Any

from django import forms

from openfinance import bank_references
from openfinance.models import Bank, Connection


class BankForm(forms.ModelForm[Bank]):
    """Refuse a reference that its provider cannot use, and a change whose effect was not read."""

    understood = forms.BooleanField(
        label="Li o que acontece com as conexões de hoje", required=False
    )

    class Meta:
        model = Bank
        fields = "__all__"  # noqa: DJ007  the admin says which are shown

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors or not (self._changes("provider") or self._changes("provider_reference")):
            return cleaned
        for problem in bank_references.problems(cleaned["provider"], cleaned["provider_reference"]):
            self.add_error("provider_reference", problem)
        count = Connection.objects.active().filter(bank=self.instance).distinct().count()
        if count and not cleaned["understood"]:
            self.add_error("understood", self._warning(count))
        return cleaned

    def clean_provider_reference(self) -> object:
        reference = self.cleaned_data["provider_reference"]
        return {} if reference is None else reference

    def _changes(self, field: str) -> bool:
        """Tell whether staff changed it: neither a sync meanwhile did, nor what is hidden here."""
        return field in self.changed_data and self.initial[field] != self.cleaned_data[field]

    def _warning(self, count: int) -> str:
        if not self._changes("provider"):
            return (
                f"Conexões ativas: {count}. Elas passam a usar a nova referência: se ela levar a"
                " outro banco ou servidor, param de funcionar. Marque que leu e salve de novo."
            )
        before = Bank.Provider(self.initial["provider"]).label if self.initial["provider"] else "—"
        return (
            f"Conexões ativas: {count}. Elas continuam com o provedor de antes ({before}) até"
            " terminarem; só as novas e as renovações usam o novo. Marque que leu e salve de novo."
        )
