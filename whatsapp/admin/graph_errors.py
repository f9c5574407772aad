"""Graph's error codes in the words of those who answer for the service."""

import json
from functools import cache
from pathlib import Path

from django.conf import settings

_PERMISSION_CODES = range(200, 300)


def explain(code: int | None) -> str:
    """Return what a code means, in plain Portuguese; "" when there is none."""
    if code is None:
        return ""
    texts = _texts()
    return texts.get(str(code)) or texts["permission" if code in _PERMISSION_CODES else "other"]


@cache
def _texts() -> dict[str, str]:
    path = Path(settings.BASE_DIR) / "templates" / "whatsapp" / "staff" / "graph_errors.json"
    texts: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return texts
