"""Brazilian numbers, which WhatsApp knows with or without their ninth digit."""

import re

# No area code has a zero. A mobile starts with 6 to 9 behind the ninth digit; the rest are
# landlines, and "9" plus a landline is another person's mobile.
_MOBILE = re.compile(r"55(?P<area>[1-9]{2})(?P<ninth>9?)(?P<line>[6-9][0-9]{7})")


def variants(wa_id: str) -> tuple[str, ...]:
    """Return the forms under which one person's number may be known, the given one first.

    Takes and returns digits with country code, no "+". Only a Brazilian mobile has two forms.
    """
    mobile = _MOBILE.fullmatch(wa_id)
    if not mobile:
        return (wa_id,)
    ninth = "" if mobile["ninth"] else "9"
    return wa_id, f"55{mobile['area']}{ninth}{mobile['line']}"
