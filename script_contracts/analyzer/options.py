"""Command-line options as a parser declares them."""

from __future__ import annotations

from dataclasses import dataclass

from script_contracts.analyzer.values import NONE, Value


@dataclass(frozen=True)
class Option:
    """One declared argument: its option strings or positional name, where it goes, and its default."""

    names: tuple[str, ...]
    destination: str
    default: Value = NONE
    required: bool = False


def destination(names: tuple[str, ...]) -> str:
    """The attribute that argparse and click derive from option strings: the first long one's."""
    chosen = next((name for name in names if name.startswith("--")), names[0] if names else "")
    return chosen.lstrip("-").replace("-", "_")
