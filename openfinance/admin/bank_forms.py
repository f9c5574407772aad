"""The form of a bank's row, which watches over who serves the bank."""

from typing import Any, Final

from django import forms

from openfinance.directory import names
from openfinance.models import Bank, Connection

# Of what `brasil` cannot do without, the addresses.
_ADDRESSES: Final = ("issuer", "consents_url")


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
        for problem in reference_problems(cleaned["provider"], cleaned["provider_reference"]):
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


def reference_problems(provider: str, reference: object) -> list[str]:
    """Return what a provider would miss in a reference; nothing when it can use it."""
    if not isinstance(reference, dict):
        return ["A referência é um objeto: {…}."]
    match provider:
        case Bank.Provider.BRASIL:
            problems = [
                f"{key}: precisa ser um endereço https."
                for key in _ADDRESSES
                if not names.host(reference.get(key))
            ]
            if "discovery_url" in reference and not names.host(reference["discovery_url"]):
                problems.append("discovery_url: precisa ser um endereço https, ou ficar de fora.")
            if not isinstance(reference.get("client_id"), str) or not reference["client_id"]:
                problems.append("client_id: falta; ele vem do nosso registro no banco.")
            return problems
        case Bank.Provider.PLUGGY if type(reference.get("connector_id")) is not int:
            return ["connector_id: precisa ser o número do conector."]
    return []
