"""The problems that a failed program names itself: each with its code and its remedy."""

from __future__ import annotations

import re
from pathlib import Path

from script_contracts.core.diagnostics import Diagnostic, Place, Severity

_UNEXPECTED = "PC707"  # an exception that nobody foresaw: its traceback is wanted as well
_PROBLEM = re.compile(r"(PC\d{3}) (.*?)\nfix: (.*?)(?=\nPC\d{3} |\Z)", re.DOTALL)


def named_problems(message: str, step: str, log: Path) -> tuple[Diagnostic, ...]:
    """The problems in the text that the contract runtime left of a failure; none if it is any other text.

    Args:
        message: the job's failure message. One that was cut at the service's limit names no problems.
        step: the step's name.
        log: the file with the program's whole output.
    """
    found = list(_PROBLEM.finditer(message))
    if "\n".join(each.group() for each in found) != message or message.endswith("..."):
        return ()
    if _UNEXPECTED in (each[1] for each in found):
        return ()
    place, details = Place(field=step), (f"log: {log}",)
    return tuple(
        Diagnostic(each[1], Severity.ERROR, f"{step}: {each[2]}", each[3], place, details) for each in found
    )
