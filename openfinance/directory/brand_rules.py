"""What the directory does not say of itself: which of an organisation's brands is which bank."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from openfinance.models import Bank

SHIPPED = Path(__file__).parents[1] / "data" / "brands.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The bank of a brand: its slug and, where the directory's do not serve, name and audience.

    Several brands with one slug are one bank.
    """

    slug: str
    name: str = ""
    audience: Bank.Audience | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules by organisation and brand, and the ISPB of those that register by another one."""

    brands: Mapping[tuple[str, str], Rule]
    ispb_of_registration: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the rules of a data file of ours."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            brands={
                (row["organisation_id"], row["brand"].casefold()): Rule(
                    slug=row["slug"],
                    name=row.get("name", ""),
                    audience=Bank.Audience(row["audience"]) if "audience" in row else None,
                )
                for row in content["brands"]
            },
            ispb_of_registration=content["ispb_of_registration"],
        )

    def of(self, *, organisation_id: str, brand: str) -> Rule | None:
        """Return the rule for what an organisation calls a brand, if there is one."""
        return self.brands.get((organisation_id, brand.casefold()))

    def ispb(self, registration: str) -> str:
        """Return the ISPB of who registers by this number: its first eight digits, or another."""
        return self.ispb_of_registration.get(registration[:8], registration[:8])


@cache
def shipped() -> Rules:
    """Return the rules that come with the code."""
    return Rules.read(SHIPPED)
