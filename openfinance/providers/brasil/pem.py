"""Certificates and keys, from a file or as text, and when the certificates end."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

_BEGIN = "-----BEGIN "


class UnusablePem(ValueError):
    """What should be PEM, or the path of a file of it, is neither; the text says which setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateEnd:
    """When one certificate of a setting ends; `subject` is its distinguished name."""

    name: str
    subject: str
    expires_at: datetime


def read(name: str, value: str) -> str:
    """Return PEM text, given as such or as a path; an environment's `\\n` stand for line ends.

    `name` is for the error, which never quotes the value. Raises UnusablePem.
    """
    if _BEGIN in value:
        return value.replace("\\n", "\n")
    try:
        text = Path(value).read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise UnusablePem(f"{name}: no readable file ({type(error).__name__})") from None
    if _BEGIN not in text:
        raise UnusablePem(f"{name}: the file holds no PEM")
    return text


def certificate_ends(settings: Mapping[str, str]) -> tuple[CertificateEnd, ...]:
    """Return when the certificates end, the first to end first; for a system check.

    `settings` are paths or PEM texts by name; one value may hold a chain. Raises UnusablePem.
    """
    ends = [end for name, value in settings.items() for end in _ends(name, value)]
    return tuple(sorted(ends, key=lambda end: end.expires_at))


def _ends(name: str, value: str) -> Iterator[CertificateEnd]:
    try:
        chain = x509.load_pem_x509_certificates(read(name, value).encode())
    except ValueError as error:
        if isinstance(error, UnusablePem):
            raise
        raise UnusablePem(f"{name}: not a certificate") from None
    for certificate in chain:
        yield CertificateEnd(
            name=name,
            subject=certificate.subject.rfc4514_string(),
            expires_at=certificate.not_valid_after_utc,
        )


@contextmanager
def as_file(text: str) -> Iterator[str]:
    """Lend the path of a file with the text, for what can load a key from nothing else.

    Where the system can, the file is in memory only; elsewhere it is private, and soon gone.
    """
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("pem", os.MFD_CLOEXEC), "w") as file:
            file.write(text)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
        return
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        yield file.name
