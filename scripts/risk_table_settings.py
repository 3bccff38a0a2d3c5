"""The settings of the risk mapping program: parsed and checked together, before any data are read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Mapping, Sequence

import tabular_data
from contract_runtime import Runtime, ScriptError, raise_all

OWN, PRIOR = "own", "prior"
OUT_OF_FOLD, IN_SAMPLE = "out_of_fold", "in_sample"
MEAN, MEDIAN, CONSTANT = "mean", "median", "constant"
MAX_FOLDS = 20


@dataclass(frozen=True)
class Settings:
    """The program's settings; an empty one is not set.

    Attributes:
        risk_fields: categories that become their risk; empty for all that are not spoken of.
        smoothing: how many rows of average risk are added to each category.
        folds: parts of the training split for out-of-fold encoding; 1 for encoding in sample.
    """

    job_type: str
    label_field: str
    id_field: str
    risk_fields: Sequence[str]
    evidence_fields: Sequence[str]
    smoothing: float
    missing_category: str
    folds: int
    impute_fields: Sequence[str]
    imputation: str
    impute_value: float

    @property
    def is_training(self) -> bool:
        """Whether tables are learned here, rather than applied."""
        return self.job_type == "training"

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that the data have."""
        return ("train", "val", "test") if self.is_training else (self.job_type,)

    @property
    def columns(self) -> Mapping[str, Sequence[str]]:
        """The columns that each setting names."""
        return {
            "LABEL_FIELD": [self.label_field],
            "ID_FIELD": [self.id_field] if self.id_field else [],
            "RISK_FIELDS": self.risk_fields,
            "EVIDENCE_FIELDS": self.evidence_fields,
            "IMPUTE_FIELDS": self.impute_fields,
        }


def read_settings(runtime: Runtime) -> Settings:
    """Parse what the environment and the command line say.

    Raises:
        ScriptError, CollectedError: (PC762) with the problems of all settings.
    """
    errors: list[ScriptError] = []
    encoding = _choice("TRAIN_ENCODING", runtime.env("TRAIN_ENCODING"), (OUT_OF_FOLD, IN_SAMPLE), errors)
    folds = _number("FOLDS", runtime.env("FOLDS"), errors)
    if not (2 <= folds <= MAX_FOLDS and folds == int(folds)):
        errors.append(_wrong(f"FOLDS cannot be {runtime.env('FOLDS')!r}", f"use 2 to {MAX_FOLDS}"))
        folds = 2
    settings = Settings(
        job_type=runtime.argument("job_type"),
        label_field=runtime.env("LABEL_FIELD").strip(),
        id_field=runtime.env("ID_FIELD").strip(),
        risk_fields=tabular_data.column_list(runtime.env("RISK_FIELDS")),
        evidence_fields=tabular_data.column_list(runtime.env("EVIDENCE_FIELDS")),
        smoothing=_number("SMOOTHING", runtime.env("SMOOTHING"), errors),
        missing_category=_choice("MISSING_CATEGORY", runtime.env("MISSING_CATEGORY"), (OWN, PRIOR), errors),
        folds=int(folds) if encoding == OUT_OF_FOLD else 1,
        impute_fields=tabular_data.column_list(runtime.env("IMPUTE_FIELDS")),
        imputation=_choice("IMPUTATION", runtime.env("IMPUTATION"), (MEAN, MEDIAN, CONSTANT), errors),
        impute_value=_number("IMPUTE_VALUE", runtime.env("IMPUTE_VALUE"), errors),
    )
    raise_all(errors + _conflicts(settings))
    return settings


def _choice(name: str, text: str, known: Sequence[str], errors: list[ScriptError]) -> str:
    if text.strip() not in known:
        errors.append(_wrong(f"{name} cannot be {text!r}", f"use {' or '.join(known)}"))
    return text.strip()


def _number(name: str, text: str, errors: list[ScriptError]) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        errors.append(_wrong(f"{name} cannot be {text!r}", "use a number"))
        return 0.0
    return number


def _conflicts(settings: Settings) -> list[ScriptError]:
    errors = []
    if settings.smoothing < 0 or (settings.evidence_fields and not settings.smoothing):
        least = "above 0 with EVIDENCE_FIELDS" if settings.evidence_fields else "0 or more"
        errors.append(_wrong(f"SMOOTHING cannot be {settings.smoothing:g}", f"use a number {least}"))
    seen: dict[str, str] = {}
    for setting, names in settings.columns.items():
        for name in dict.fromkeys(names):
            if name in seen:
                errors.append(
                    _wrong(f"{seen[name]} and {setting} both name '{name}'", "name it in one of them")
                )
            seen[name] = setting
    return errors


def _wrong(message: str, fix: str) -> ScriptError:
    return ScriptError("PC762", message, fix)
