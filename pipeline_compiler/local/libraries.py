"""The libraries that programs need of this Python, which takes the place of their images."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from pipeline_compiler.local.rules import LIBRARY_MISSING
from script_contracts.core.diagnostics import NOWHERE, Diagnostic, Place

_PYTORCH = {"torch", "lightning", "transformers"}  # in an extra of its own


def missing_libraries(who: str, wanted: Iterable[str], place: Place = NOWHERE) -> Diagnostic | None:
    """The problem (PC777) that this Python lacks libraries; None if it has all of them.

    Args:
        who: the program, for the message.
        wanted: names of distributions.
        place: where the program is asked for.
    """
    missing = [name for name in wanted if not _installed(name)]
    if not missing:
        return None
    extra = "local-pytorch" if _PYTORCH & set(missing) else "local"
    return LIBRARY_MISSING.error(
        f"{who} needs {', '.join(missing)}, which this Python does not have",
        fix=f"pip install 'sagemaker-pipeline-compiler[{extra}]'; in a checkout, pip install -e '.[{extra}]'",
        place=place,
    )


def _installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
