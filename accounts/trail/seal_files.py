"""The file of seals, one JSON object a line: kept elsewhere, it holds also who has the key."""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain as one_after_the_other
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from accounts.models import AuditSeal
from accounts.trail import chain, seals
from accounts.trail.chain import Head

NAME = "audit-seals.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A seal as the file has it; `digest` is what the line says, and `computed` what it makes."""

    number: int
    digest: bytes
    computed: bytes
    heads: dict[int, Head]


class UnreadableFile(Exception):
    """The file of seals cannot be read"""

    def __init__(self, why: str) -> None:
        """Take the reason, with the number of the line."""
        super().__init__(f"{self.__doc__}: {why}")


def append(folder: Path, seal: AuditSeal) -> None:
    """Write a seal at the file's end, safely on the disk when this returns. Raises OSError.

    Nothing that is there is taken away: a line that was torn is ended, and the whole one follows.
    """
    path = folder / NAME
    is_new = not path.exists()
    line = json.dumps(_line(seal), separators=(",", ":")).encode()
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if _is_torn(file):
            file.write(b"\n")
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        _keep_name(folder)


def read(path: Path) -> Iterator[Line]:
    """Yield the seals of a file, two lines in memory at a time. Raises UnreadableFile.

    What is only the beginning of the next line was torn, by a full disk or a crash, and written
    again: it is passed over.
    """
    try:
        with path.open(encoding="utf-8") as file:
            lines = pairwise(one_after_the_other(file, [""]))
            for number, (text, after) in enumerate(lines, 1):
                if len(text) >= len(after) or not after.startswith(text.removesuffix("\n")):
                    yield _read(text, number)
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(str(error)) from error


def _line(seal: AuditSeal) -> dict[str, object]:
    heads = [(owner, head.length, head.mac.hex()) for owner, head in seals.heads(seal.number)]
    return {
        "seal": seal.number,
        "at": seal.at.isoformat(),
        "previous": bytes(seal.previous).hex(),
        "digest": bytes(seal.digest).hex(),
        "key": seal.key,
        "mac": bytes(seal.mac).hex(),
        "heads": heads,
    }


def _read(text: str, number: int) -> Line:
    try:
        line = json.loads(text)
        heads = {owner: Head(length, bytes.fromhex(mac)) for owner, length, mac in line["heads"]}
        return Line(
            number=line["seal"],
            digest=bytes.fromhex(line["digest"]),
            computed=chain.seal_digest(
                number=line["seal"],
                at=datetime.fromisoformat(line["at"]),
                previous=bytes.fromhex(line["previous"]),
                heads=heads.items(),
            ),
            heads=heads,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(f"line {number} is not a seal ({error})") from error


def _is_torn(file: BinaryIO) -> bool:
    """Tell whether a file's last line has no end."""
    if file.seek(0, os.SEEK_END) == 0:
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def _keep_name(folder: Path) -> None:
    """Let the new file's name survive a crash too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
