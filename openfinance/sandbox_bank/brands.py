"""The brands under which the one bank of tests is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from django.urls.converters import SlugConverter


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A bank as people see it; `ink` is what can be read on its `colour`."""

    slug: str
    name: str
    colour: str
    ink: str = "#ffffff"


BRANDS: Final[Mapping[str, Brand]] = MappingProxyType(
    {
        brand.slug: brand
        for brand in (
            Brand(slug="nubank", name="Nubank", colour="#820ad1"),
            Brand(slug="itau", name="Itaú", colour="#ec7000", ink="#1a1005"),
            Brand(slug="bradesco", name="Bradesco", colour="#b8092b"),
            Brand(slug="banco-do-brasil", name="Banco do Brasil", colour="#0038a8", ink="#ffef38"),
            Brand(slug="santander", name="Santander", colour="#cc0000"),
            Brand(slug="caixa", name="Caixa Econômica Federal", colour="#005ca9"),
            Brand(slug="inter", name="Inter", colour="#ff7a00", ink="#1f1000"),
            Brand(slug="c6", name="C6 Bank", colour="#242424"),
            Brand(slug="mercado-pago", name="Mercado Pago", colour="#00a6e0", ink="#061a33"),
        )
    }
)


class BrandConverter(SlugConverter):
    """A brand in a URL; there is no page of one that the bank does not have."""

    def to_python(self, value: str) -> Brand:  # type: ignore[override]
        if value not in BRANDS:
            raise ValueError
        return BRANDS[value]

    def to_url(self, value: Brand | str) -> str:
        return value.slug if isinstance(value, Brand) else value
