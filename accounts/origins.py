"""Where what happens now comes from: set once for a request, a job or a command, read by audit."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum


class ActorKind(StrEnum):
    """Who acts."""

    USER = "user"
    INTEGRATOR = "integrator"
    STAFF = "staff"
    JOB = "job"
    COMMAND = "command"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who acts, and from where; what is not known is "".

    `actor` is an id, never a name or an address of somebody: a user's or a key's primary key, a
    task's or a command's name. `request_id` is a request's, or a job's as "job-12".
    """

    kind: ActorKind = ActorKind.UNKNOWN
    actor: str = ""
    address: str = ""
    user_agent: str = ""
    channel: str = ""
    request_id: str = ""


NOWHERE = Origin()

current: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


@contextmanager
def acting(origin: Origin) -> Iterator[None]:
    """Let what happens come from there while this lasts."""
    before = current.set(origin)
    try:
        yield
    finally:
        current.reset(before)


def identify(*, kind: ActorKind, actor: str) -> None:
    """Say who acts, once that is known; where it comes from stays as it is."""
    current.set(replace(current.get(), kind=kind, actor=actor))
