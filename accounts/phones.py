"""Phone numbers: E.164 in the database, masked wherever people other than the owner look."""

import re
from contextlib import suppress
from functools import lru_cache

import phonenumbers
from django.core.exceptions import ValidationError

REGION = "BR"
# Of a Brazilian number with its area code, before mobiles got a ninth.
_OLD_DIGITS = 10
_WRITTEN = re.compile(r"[0-9()+.\s-]+")


class InvalidPhone(ValueError):
    """The text is not a phone number that WhatsApp could reach."""


def normalise(text: str) -> str:
    """Return the number as E.164 ("+5511987654321"); a number without a country code is Brazilian.

    Raises InvalidPhone when the text is no possible and valid number.
    """
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException as error:
        raise InvalidPhone from error
    if not phonenumbers.is_valid_number(number):
        raise InvalidPhone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def is_usable(phone: str) -> bool:
    """Tell whether a stored number is valid E.164, exactly as `normalise` writes it."""
    try:
        return normalise(phone) == phone
    except InvalidPhone:
        return False


def mask(phone: str) -> str:
    """Return the number with its middle hidden: "+55 11 •••••-4321"; "" stays ""."""
    if not phone:
        return ""
    if phone.startswith("+55"):
        return f"+55 {phone[3:5]} •••••-{phone[-4:]}"
    return f"{phone[:3]} •••••{phone[-2:]}"


def mask_id(text: str) -> str:
    """Return an id of WhatsApp's, which may spell a number, with its middle hidden; "" stays ""."""
    return f"{text[:3]}•••••{text[-4:]}" if text else ""


def sought(text: str) -> str:
    """Return the E.164 of a whole number as somebody searches for it; "" for any other text.

    A Brazilian mobile is known without its ninth digit too.
    """
    if not _WRITTEN.fullmatch(text):
        return ""
    digits = re.sub(r"\D", "", text)
    national = digits.removeprefix("55") if len(digits) > _OLD_DIGITS else digits
    forms = [text, f"{national[:2]}9{national[2:]}"] if len(national) == _OLD_DIGITS else [text]
    for form in forms:
        with suppress(InvalidPhone):
            return normalise(form)
    return ""


def validate(phone: str) -> None:
    """Refuse, as a model or form validator, what `normalise` would not have written."""
    if not is_usable(phone):
        raise ValidationError(
            "Informe um número válido com DDD, por exemplo +55 11 98765-4321.", code="invalid_phone"
        )
