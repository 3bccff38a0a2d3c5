"""Reading hyperparameters: SageMaker delivers strings; a table says what each one may be.

Standard library only.
"""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import Any, Callable, Mapping, NamedTuple, Sequence

from contract_runtime import ScriptError, raise_all

INT_MAX = 2**31 - 1  # XGBoost keeps whole numbers in 32 bits


class Hyperparameter(NamedTuple):
    """How one hyperparameter is read: a parser that raises ValueError, and what it accepts in words."""

    parse: Callable[[str], Any]
    accepts: str


def whole(low: int) -> Hyperparameter:
    """A whole number of at least `low`."""

    def parse(text: str) -> int:
        value = float(text)  # a pipeline parameter of type Float arrives as "6.0"
        if not value.is_integer() or not low <= value <= INT_MAX:
            raise ValueError(text)
        return int(value)

    return Hyperparameter(parse, f"a whole number from {low} to {INT_MAX}")


def not_negative(below: float = math.inf) -> Hyperparameter:
    """A number of at least 0 and less than `below`."""

    def parse(text: str) -> float:
        value = float(text)
        if not 0 <= value < below:
            raise ValueError(text)
        return value

    return Hyperparameter(
        parse, "a number of at least 0" + ("" if math.isinf(below) else f", below {below:g}")
    )


def positive(high: float = math.inf) -> Hyperparameter:
    """A number above 0 and at most `high`."""

    def parse(text: str) -> float:
        value = float(text)
        if not 0 < value <= high or value == math.inf:
            raise ValueError(text)
        return value

    return Hyperparameter(parse, "a number above 0" + ("" if math.isinf(high) else f", at most {high:g}"))


def choice(*names: str) -> Hyperparameter:
    """One of some names."""

    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    return Hyperparameter(parse, f"one of {', '.join(names)}")


def flag() -> Hyperparameter:
    """A Boolean; a pipeline parameter of type Boolean arrives as "True"."""

    def parse(text: str) -> bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"

    return Hyperparameter(parse, "true or false")


def parse_table(
    texts: Mapping[str, str], known: Mapping[str, Hyperparameter], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """The hyperparameters as values, in name order.

    Raises:
        ScriptError, CollectedError: (PC740) unknown names, (PC741) values that do not fit; all at once.
    """
    values = dict(defaults)
    errors = []
    for name, text in sorted(texts.items()):
        if name not in known:
            errors.append(_unknown(name, tuple(known)))
            continue
        try:
            values[name] = known[name].parse(text)
        except (ValueError, OverflowError):
            errors.append(
                ScriptError("PC741", f"hyperparameter {name} is '{text}'", f"pass {known[name].accepts}")
            )
    raise_all(errors)
    return dict(sorted(values.items()))


def _unknown(name: str, known: Sequence[str]) -> ScriptError:
    close = get_close_matches(name, known, n=1)
    fix = f"did you mean '{close[0]}'?" if close else f"known are: {', '.join(known)}"
    return ScriptError("PC740", f"unknown hyperparameter '{name}'", fix)
