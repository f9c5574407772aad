"""The list of the checks: what each one shows, and which public requirement it answers."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests import security

COUNT = 40
_HEADING = """\
# Security checks

Each row is one test in `tests/security/`, which drives real server processes over HTTP. This file
is written from them by `python -m tests.security`, and a test fails when they differ.

OWASP is the API Security Top 10 of 2023, ASVS the Application Security Verification Standard 5.0.0.

| # | what is shown | OWASP | ASVS | test |
|---|---|---|---|---|
"""

_Test = TypeVar("_Test", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One row of the table."""

    number: int
    title: str
    owasp: str
    asvs: str
    test: str


_checks: dict[int, Check] = {}


def check(number: int, title: str, *, owasp: str, asvs: str) -> Callable[[_Test], _Test]:
    """Enter a test into the table; `owasp` is as "API2", `asvs` as "6.3.8" or several."""

    def enter(test: _Test) -> _Test:
        where = f"{test.__module__.rpartition('.')[2]}.py::{test.__name__}"
        entered = Check(number=number, title=title, owasp=owasp, asvs=asvs, test=where)
        assert _checks.setdefault(number, entered) == entered, f"two checks are number {number}"
        test.__doc__ = f"{title} (OWASP {owasp}:2023, ASVS 5.0.0 {asvs})"
        marked: _Test = pytest.mark.stack(test)
        return marked

    return enter


def table() -> str:
    """Return docs/security.md, from every module of the package."""
    for module in pkgutil.iter_modules(security.__path__):
        if module.name.startswith("test_"):
            importlib.import_module(f"{security.__name__}.{module.name}")
    rows = [
        f"| {entry.number} | {entry.title} | {entry.owasp}:2023 | {entry.asvs} | `{entry.test}` |\n"
        for _, entry in sorted(_checks.items())
    ]
    return _HEADING + "".join(rows)


def numbers() -> list[int]:
    """Return the numbers of the checks, in order."""
    table()
    return sorted(_checks)


def path() -> Path:
    """Return where the table is kept."""
    return Path(__file__).parents[2] / "docs" / "security.md"
