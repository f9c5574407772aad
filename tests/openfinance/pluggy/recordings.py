"""What Pluggy sends, recorded by the name of the event, and what it is about."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "payloads"
ITEM_ID = "ed893a30-5fab-45d8-917c-e71a313dbe5e"


def load(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()
