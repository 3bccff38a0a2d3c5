"""Real definitions: those of the shipped templates, and those that both lines of the SDK emit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).parents[1]
_FILES = {
    f"{file.parent.name}/{file.stem}": file
    for folder in (_TESTS / "golden", *sorted((_TESTS / "conformance" / "sdk_definitions").glob("v*")))
    for file in sorted(folder.glob("*.json"))
}
NAMES = tuple(_FILES)


def document(name: str) -> dict[str, Any]:
    """A definition that may be changed."""
    loaded: dict[str, Any] = json.loads(_FILES[name].read_text(encoding="utf-8"))
    return loaded
