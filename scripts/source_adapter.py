"""The place of a source adapter's program: the bundle of a step with an adapter holds that one instead.

An adapter's program defines `read` like the one below and writes data files (Parquet, CSV, JSON lines) into
the folder. It may import what the step's image has, and nothing of this repository.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import contract_runtime


def read(settings: dict[str, Any], folder: Path) -> None:
    """Write the table as data files.

    Arguments:
        settings: `source.settings` of the config, as the adapter's model accepted them.
        folder: an empty folder.
    """
    raise contract_runtime.ScriptError(
        "PC754",
        f"the code bundle holds no source adapter (for {sorted(settings)}, into '{folder.name}')",
        "compile the pipeline where the adapter's package is installed",
    )
