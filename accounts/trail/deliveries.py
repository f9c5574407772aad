"""Tell seals where the database cannot take them back: a file, and a service that stamps times.

What fails is logged and stays undelivered, until a later run tells it.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import AuditSeal, AuditSealDelivery
from accounts.trail import seal_files

logger = logging.getLogger("accounts.seals")

To = AuditSealDelivery.To


def deliver() -> int:
    """Tell every seal wherever it was not told yet, the oldest first; return how many failed."""
    return sum(_deliver(to) for to in destinations())


def destinations() -> Iterator[To]:
    """Yield where settings say that seals go."""
    if settings.AUDIT_SEAL_DIR:
        yield To.FILE
    if settings.AUDIT_SEAL_HOOK:
        yield To.HOOK


def _deliver(to: To) -> int:
    waiting = AuditSeal.objects.exclude(deliveries__to=to).order_by("number")
    for done, seal in enumerate(waiting):
        try:
            answer = _tell(seal, to)
        except Exception:  # the hook is not our code
            logger.exception("audit seal %d is not told to the %s", seal.number, to)
            return len(waiting) - done  # in order: those after it wait too
        AuditSealDelivery.objects.get_or_create(seal=seal, to=to, defaults={"answer": answer})
    return 0


def _tell(seal: AuditSeal, to: To) -> bytes | None:
    if to is To.FILE:
        seal_files.append(Path(settings.AUDIT_SEAL_DIR), seal)
        return None
    hook = import_string(settings.AUDIT_SEAL_HOOK)
    answer: bytes | None = hook(bytes(seal.digest))
    return answer
