"""The number that identifies a person in Brazil: eleven digits, of which the last two check it."""

import re

_WRITTEN = re.compile(r"[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}[-.]?[0-9]{2}")


class InvalidCpf(ValueError):
    """The text is no CPF, or one with a digit mistyped."""


def normalise(text: str) -> str:
    """Return the eleven digits of a CPF, written with or without its marks. Raises InvalidCpf."""
    written = "".join(text.split())
    if not _WRITTEN.fullmatch(written):
        raise InvalidCpf
    digits = re.sub(r"[.-]", "", written)
    # One digit eleven times passes the sum, and is nobody's.
    if len(set(digits)) == 1 or digits[9:] != _check(digits[:9]):
        raise InvalidCpf
    return digits


def _check(digits: str) -> str:
    for _ in range(2):
        weighted = zip(range(len(digits) + 1, 1, -1), digits, strict=True)
        rest = sum(weight * int(digit) for weight, digit in weighted) * 10 % 11
        digits += str(rest % 10)
    return digits[-2:]
