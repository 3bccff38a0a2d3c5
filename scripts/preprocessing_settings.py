"""The settings of the preprocessing program: parsed and checked together, before any data are read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Mapping, Sequence

import tabular_data
import tabular_labels
from contract_runtime import Runtime, ScriptError, raise_all


@dataclass(frozen=True)
class Settings:
    """The program's settings; an empty one is not set.

    Attributes:
        train_ratio: the share of all rows that goes to train, between 0 and 1.
        test_val_ratio: the share of the other rows that goes to test, 0 to 1; the rest is val.
    """

    job_type: str
    label_field: str
    id_field: str
    positive_class: str
    label_mapping: Mapping[str, int]
    drop_fields: Sequence[str]
    train_ratio: float
    test_val_ratio: float
    split_seed: int

    @property
    def shares(self) -> dict[str, float]:
        """Split -> the share of rows that it should get, in the order of the row's hash."""
        if self.job_type != "training":
            return {self.job_type: 1.0}
        held_out = 1 - self.train_ratio
        test = held_out * self.test_val_ratio
        return {"train": self.train_ratio, "test": test, "val": held_out - test}


def read_settings(runtime: Runtime) -> Settings:
    """Parse what the environment and the command line say.

    Raises:
        ScriptError, CollectedError: (PC729, PC730, PC731) with the problems of all settings.
    """
    errors: list[ScriptError] = []
    settings = Settings(
        job_type=runtime.argument("job_type"),
        label_field=runtime.env("LABEL_FIELD").strip(),
        id_field=runtime.env("ID_FIELD").strip(),
        positive_class=runtime.env("POSITIVE_CLASS"),
        label_mapping=_label_mapping(runtime, errors),
        drop_fields=tabular_data.column_list(runtime.env("DROP_FIELDS")),
        train_ratio=_number(runtime, "TRAIN_RATIO"),
        test_val_ratio=_number(runtime, "TEST_VAL_RATIO"),
        split_seed=_seed(runtime, errors),
    )
    if not 0 < settings.train_ratio < 1:
        errors.append(_bad_number(runtime, "TRAIN_RATIO", "use train's share of all rows, such as 0.7"))
    if not 0 <= settings.test_val_ratio <= 1:
        errors.append(
            _bad_number(runtime, "TEST_VAL_RATIO", "use test's share of the rows not in train, such as 0.5")
        )
    raise_all(errors + list(_conflicts(settings)))
    return settings


def _label_mapping(runtime: Runtime, errors: list[ScriptError]) -> Mapping[str, int]:
    try:
        return tabular_labels.parse_mapping(runtime.env("LABEL_MAPPING").strip())
    except ScriptError as error:
        errors.append(error)
        return {}


def _number(runtime: Runtime, name: str) -> float:
    try:
        return float(runtime.env(name))
    except ValueError:
        return math.nan  # which lies in no range


def _seed(runtime: Runtime, errors: list[ScriptError]) -> int:
    try:
        return int(runtime.env("SPLIT_SEED"))
    except ValueError:
        errors.append(_bad_number(runtime, "SPLIT_SEED", "use a whole number"))
        return 0


def _bad_number(runtime: Runtime, name: str, fix: str) -> ScriptError:
    return ScriptError("PC729", f"{name} cannot be {runtime.env(name)!r}", fix)


def _conflicts(settings: Settings) -> list[ScriptError]:
    problems = []
    if settings.positive_class and settings.label_mapping:
        problems.append(
            ("POSITIVE_CLASS and LABEL_MAPPING both say what the label means", "set only one of them")
        )
    if settings.id_field == settings.label_field:
        problems.append((f"'{settings.id_field}' is both the label and the id", "name two columns"))
    for field in (settings.label_field, settings.id_field):
        if field and field in settings.drop_fields:
            problems.append((f"DROP_FIELDS names '{field}', which the step needs", "take it off the list"))
    return [ScriptError("PC730", message, fix) for message, fix in problems]
