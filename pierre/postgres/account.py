"""The operating system's account that runs PostgreSQL, which refuses to run as root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from pierre.postgres.errors import PostgresError

SERVICE_ACCOUNTS = ("postgres", "pgserver", "nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user id, with its primary group id."""

    uid: int
    gid: int

    def may_reach(self, path: Path) -> bool:
        """Say whether the account may pass every folder above `path`, and enter or execute it."""
        return all(self._may_pass(each) for each in (path, *path.parents))

    def _may_pass(self, path: Path) -> bool:
        found = path.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def for_home(home: Path) -> Account:
    """Return the account for the server of `home`: one's own, unless one is root.

    Root takes whoever owns the cluster or the folder already, so that an account installed later
    changes nothing, and for a new one the first service account that exists. Raises
    PostgresError when there is none.
    """
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid())
    for existing in (home / "data", home):
        if existing.exists() and existing.stat().st_uid != 0:
            return Account(uid=existing.stat().st_uid, gid=existing.stat().st_gid)
    for name in SERVICE_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise PostgresError.because(
        "PostgreSQL does not run as root, and none of its usual accounts exists.",
        hint=f"add one of the users {', '.join(SERVICE_ACCOUNTS)}, or set DATABASE_URL.",
    )
