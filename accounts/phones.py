"""Phone numbers: E.164 in the database, masked wherever people other than the owner look."""

from functools import lru_cache

import phonenumbers
from django.core.exceptions import ValidationError

REGION = "BR"


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


def validate(phone: str) -> None:
    """Refuse, as a model or form validator, what `normalise` would not have written."""
    if not is_usable(phone):
        raise ValidationError(
            "Informe um número válido com DDD, por exemplo +55 11 98765-4321.", code="invalid_phone"
        )
