"""Tables too long for the quick run: one test of each kind stays in it, `.ci/run` runs the others as well."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

import pytest
from _pytest.mark import ParameterSet


def first_of_each(values: Iterable[Any], kind: Callable[..., Hashable]) -> list[Any]:
    """The same parameters, all but the first of each kind marked as slow.

    Args:
        values: as `pytest.mark.parametrize` takes them.
        kind: of the values of one parameter set.
    """
    seen: set[Hashable] = set()
    found = []
    for value in values:
        given = value if isinstance(value, ParameterSet) else pytest.param(value)
        this = kind(*given.values)
        marks = [*given.marks, pytest.mark.slow] if this in seen else given.marks
        seen.add(this)
        found.append(pytest.param(*given.values, id=given.id, marks=marks))
    return found


def only(values: Iterable[Any], *quick: Any) -> list[Any]:
    """The same parameters, all but those named marked as slow.

    Raises:
        AssertionError: one that is named is not there.
    """
    found = list(values)
    assert set(quick) <= set(found), f"{quick} among {found}"
    return [each if each in quick else pytest.param(each, marks=pytest.mark.slow) for each in found]
