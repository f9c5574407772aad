from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One thing that Meta told us.

    `key` is the same each time Meta tells it again, and no other update has it. `phone_number_id`
    names the business number it came to, which may not be ours; None at the level of the account.
    """

    key: str
    phone_number_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One of Graph's errors, in Meta's words."""

    code: int
    title: str | None
    details: str | None
