"""The names of a step: its type in templates, its module in every folder, its constants."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+")


@dataclass(frozen=True)
class StepNames:
    """One step's names.

    Attributes:
        step_type: such as `CleanText`.
        module: such as `clean_text`.
    """

    step_type: str
    module: str

    @property
    def constant(self) -> str:
        """What the constants begin with, such as `CLEAN_TEXT`."""
        return self.module.upper()

    @staticmethod
    def of(name: str) -> StepNames | None:
        """The names of a step that is called `CleanText` or `clean_text`; None for what is no such name."""
        if not _NAME.fullmatch(name):
            return None
        module = "_".join(_WORDS.findall(name)).lower()
        if keyword.iskeyword(module):
            return None
        words = name.split("_")
        camel = (
            name if name[0].isupper() and len(words) == 1 else "".join(w[0].upper() + w[1:] for w in words)
        )
        return StepNames(camel, module)
