"""Where templates and scripts lie: in a checkout, or inside the installed package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent


@cache
def resource(name: str) -> Path:
    """The folder `templates` or `scripts`."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
