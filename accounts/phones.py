"""Phone numbers: E.164 in the database, masked wherever people other than the owner look."""

import re
from functools import lru_cache
from typing import ClassVar

import phonenumbers
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from phonenumbers import PhoneNumberType

REGION = "BR"

_BRAZIL = 55
# Anatel's plan: no other two digits are an area code.
_AREA = r"(?:1[1-9]|2[12478]|3[1-578]|4[1-9]|5[1345]|6[1-9]|7[134579]|8[1-9]|9[1-9])"
# Emergencies and public services: 190, 136.
_SHORT = re.compile(r"1[0-9]{2}")
_WITHOUT_AREA = re.compile(r"9?[2-9][0-9]{7}")
_WITH_AREA = re.compile(rf"{_AREA}[0-9]{{8,9}}")
_SOME_AREA = re.compile(r"[0-9]{10,11}")
# A mobile as it was before it got its ninth digit, or one with a digit too few.
_TOO_SHORT = re.compile(rf"{_AREA}[6-9][0-9]{{7}}")


class Reason(TextChoices):
    """Why a number is refused, as people read it; the values are the errors' codes."""

    INVALID = "invalid_phone", "Informe um número com DDD, por exemplo (11) 98765-4321."
    IMPOSSIBLE = "impossible_phone", "Esse número não existe. Confira os dígitos e o DDD."
    NO_AREA_CODE = "phone_without_area_code", "Falta o DDD, por exemplo (11) 98765-4321."
    UNKNOWN_AREA_CODE = "unknown_area_code", "Esse DDD não existe."
    TOO_SHORT = "phone_too_short", "Um celular tem 9 dígitos depois do DDD: (11) 98765-4321."
    LANDLINE = "landline_phone", "É um telefone fixo. Informe um celular com WhatsApp."
    SERVICE = "service_phone", "É um número de serviço. Informe um celular com WhatsApp."


class InvalidPhone(ValueError):
    """The text is not a phone number that WhatsApp could reach."""

    code: ClassVar[str] = Reason.INVALID

    def __str__(self) -> str:
        return self.__doc__ or self.code

    @property
    def reason(self) -> str:
        """Return why, as people read it."""
        return str(Reason(self.code).label)


class ImpossiblePhone(InvalidPhone):
    """No phone has this number."""

    code = Reason.IMPOSSIBLE


class MissingAreaCode(InvalidPhone):
    """A Brazilian number has no area code."""

    code = Reason.NO_AREA_CODE


class UnknownAreaCode(InvalidPhone):
    """Brazil has no such area code."""

    code = Reason.UNKNOWN_AREA_CODE


class TooShortPhone(InvalidPhone):
    """A Brazilian mobile has nine digits after its area code."""

    code = Reason.TOO_SHORT


class LandlinePhone(InvalidPhone):
    """A Brazilian landline is not where a person reads WhatsApp."""

    code = Reason.LANDLINE


class ServicePhone(InvalidPhone):
    """The number is a service's, not a person's."""

    code = Reason.SERVICE


def normalise(text: str) -> str:
    """Return the number as E.164 ("+5511987654321"); a number without a country code is Brazilian.

    Of Brazilian ones only a mobile will do, in the one form with its ninth digit. Raises the kind
    of InvalidPhone that says why the text is none.
    """
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException as error:
        raise InvalidPhone from error
    if number.country_code == _BRAZIL:
        _require_mobile(number)
    elif not phonenumbers.is_valid_number(number):
        raise ImpossiblePhone
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
    try:
        is_as_stored = normalise(phone) == phone
    except InvalidPhone as error:
        raise ValidationError(error.reason, code=error.code) from error
    if not is_as_stored:
        raise ValidationError(str(Reason.INVALID.label), code=Reason.INVALID)


def _require_mobile(number: phonenumbers.PhoneNumber) -> None:
    digits = phonenumbers.national_significant_number(number)
    if _TOO_SHORT.fullmatch(digits):
        raise TooShortPhone
    match phonenumbers.number_type(number):
        case PhoneNumberType.MOBILE:
            return
        case PhoneNumberType.FIXED_LINE:
            raise LandlinePhone
        case PhoneNumberType.UNKNOWN:
            raise _impossible(digits)
    raise ServicePhone


def _impossible(digits: str) -> InvalidPhone:
    """Say what is wrong with a Brazilian number that nobody has."""
    if _SHORT.fullmatch(digits):
        return ServicePhone()
    if _WITHOUT_AREA.fullmatch(digits):
        return MissingAreaCode()
    if _SOME_AREA.fullmatch(digits) and not _WITH_AREA.fullmatch(digits):
        return UnknownAreaCode()
    return ImpossiblePhone()
