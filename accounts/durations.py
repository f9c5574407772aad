import re
from datetime import timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def parse(text: str) -> timedelta:
    """Return the time that a text such as "30m", "2h" or "90d" names, or raise ValueError."""
    found = re.fullmatch(r"([1-9]\d{0,4})([mhd])", text)
    if found is None:
        raise ValueError(f"{text!r} is not a time such as 30m, 2h or 90d.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
