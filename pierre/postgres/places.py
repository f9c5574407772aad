"""Where the PostgreSQL of a checkout keeps its files."""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from pierre.postgres import account as accounts
from pierre.postgres.account import Account
from pierre.postgres.errors import PostgresError

PORT = 5432
LONGEST_SOCKET = 103  # bytes: sun_path holds 104 with its closing zero on macOS, 108 on Linux
PRIVATE_ROOTS = (Path("/var/tmp"), Path("/tmp"))  # noqa: S108 (owner and mode are checked below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The account and the folders of one server: `home` is ours, the two inside the account's."""

    account: Account
    home: Path
    sockets: Path

    @property
    def data(self) -> Path:
        """Name the folder of the cluster; it exists only when initdb has finished."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """Name the file that PostgreSQL and initdb write to."""
        return self.home / "server.log"

    @property
    def socket(self) -> Path:
        """Name the Unix socket, as libpq builds it from its folder and port."""
        return self.sockets / f".s.PGSQL.{PORT}"


def choose(folder: Path) -> Places:
    """Return the places for `folder` (the LOCAL_DIR of the checkout), making what is missing.

    They are in `<folder>/postgres`, with two exceptions, both in `/var/tmp/pierre-<hash>`: all of
    it when root's account may not enter `folder` (a checkout under /root), because no folder of
    the user is opened for it; and the socket when its path is too long, or holds the comma that
    libpq takes for a list of hosts. Raises PostgresError when a folder cannot be used, as
    when it is somebody else's.
    """
    folder = folder.resolve()
    try:
        return _choose(folder)
    except OSError as error:
        raise PostgresError.because(
            f"{error.filename} cannot be used: {error.strerror}.",
            hint="run as the user who made it, or set PIERRE_LOCAL_DIR to a folder of your own.",
        ) from error


def _choose(folder: Path) -> Places:
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / "postgres"
    account = accounts.for_home(home)
    if os.geteuid() == 0 and not account.may_reach(folder):
        home = _private_folder(folder, os.geteuid())
        account = accounts.for_home(home)
    _make(home, 0o711)
    if not os.access(home, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(home))
    places = Places(account=account, home=home, sockets=home / "sockets")
    name = os.fsencode(places.socket)
    if len(name) > LONGEST_SOCKET or b"," in name:
        private = _private_folder(folder, account.uid)
        places = Places(account=account, home=home, sockets=private / "sockets")
    make_for(account, places.sockets)
    return places


def make_for(account: Account, path: Path) -> None:
    """Make a folder that only the account can read, unless it exists; hand it over when root."""
    _make(path, 0o700)
    if os.geteuid() == 0 and path.lstat().st_uid == 0:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _make(path: Path, mode: int) -> None:
    path.mkdir(exist_ok=True)
    if path.lstat().st_uid == os.geteuid():
        path.chmod(mode)  # not in mkdir, where the umask narrows it


def _private_folder(folder: Path, uid: int) -> Path:
    digest = hashlib.sha256(os.fsencode(folder) + b"\0%d" % uid).hexdigest()[:12]
    root = next(each for each in PRIVATE_ROOTS if each.is_dir())
    path = root / f"pierre-{digest}"
    _make(path, 0o711)
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid in {os.geteuid(), uid}:
        return path
    raise PostgresError.because(
        f"{path} is in the way: it is not a folder of this user.",
        hint="remove it, or set PIERRE_LOCAL_DIR to another folder.",
    )
