"""E-mail addresses, masked wherever they are only to be recognised."""


def mask(email: str) -> str:
    """Return the address with all but its first letter and its host hidden: "a•••@example.com"."""
    name, _, host = email.rpartition("@")
    return f"{name[:1]}•••@{host}"
