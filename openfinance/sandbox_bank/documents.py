"""CPF and CNPJ: whether their check digits are right."""

import re

from accounts import encryption

_CPF = re.compile(r"[0-9]{11}")
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")


def digits(text: str) -> str:
    """Return a CPF as people type it without its punctuation."""
    return re.sub(r"[\s.\-]", "", text)


def is_cpf(text: str) -> bool:
    """Say whether it is 11 digits of which the last two are right."""
    if not _CPF.fullmatch(text) or len(set(text)) == 1:
        return False
    return all(_check(text[:place], top=11) == text[place] for place in (9, 10))


def is_cnpj(text: str) -> bool:
    """Say whether it is a CNPJ, with letters or without, of which the last two digits are right."""
    if not _CNPJ.fullmatch(text) or len(set(text)) == 1:
        return False
    return all(_check(text[:place], top=9) == text[place] for place in (12, 13))


def customer(cpf: str) -> str:
    """Return what the bank knows a customer by, so that no CPF is in its tables."""
    return encryption.index(cpf, purpose="sandbox_bank")


def _check(number: str, *, top: int) -> str:
    """Return the check digit of what comes before it; weights go from 2 up to `top`, and again."""
    weighed = (
        (ord(character) - ord("0")) * (2 + place % (top - 1))
        for place, character in enumerate(reversed(number))
    )
    rest = sum(weighed) % 11
    return str(11 - rest) if rest > 1 else "0"
