"""A real pipeline on small data, and faults to put into its data, programs, contracts and definition."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_compiler import bundles, compile_pipeline
from pipeline_compiler.local import RunReport, run_pipeline
from pipeline_compiler.resources import resource
from pipeline_deps.specification import StepSpecification
from tests.configs import minimal_config, with_values

TEMPLATE = "XGBoostTrainEvaluateE2E"
SOURCES = "s3://ml-fraud/raw"
LOADING, PREPROCESSING = "CradleDataLoading_training", "TabularPreprocessing_training"
TRAINING, EVALUATION = "XGBoostTraining", "XGBoostModelEvaluation_calibration"
PACKAGE, PAYLOAD, REGISTRATION = "MimsPackage", "MimsPayload", "MimsRegistration"
GATE = "QualityGate"
SETTINGS = {
    "defaults.id_field": "order_id",
    "steps.XGBoostTraining.hyperparameters": {"num_round": 5, "max_depth": 3},
    "steps.QualityGate.threshold": 0.6,
}
ContractEdit = Callable[[dict[str, Any]], None]
DefinitionEdit = Callable[[Mapping[str, Any]], None]


def orders(rows: int, seed: int) -> pa.Table:
    """Orders, the expensive ones of which are mostly fraud."""
    random = np.random.default_rng(seed)
    amount = random.gamma(2, 50, rows).round(2)
    fraud = amount + random.normal(0, 40, rows) > 150
    return pa.table(
        {
            "order_id": [f"{seed}-{row}" for row in range(rows)],
            "amount": amount,
            "country": np.array(["NL", "DE", "BR"])[random.integers(0, 3, rows)],
            "is_fraud": np.where(fraud, "fraud", "ok"),
        }
    )


@dataclass(frozen=True)
class Fault:
    """What to change before a run.

    Attributes:
        programs: script -> (text, replacement), which must be in it once.
        contracts: step type -> the change of its contract, as it travels with the program.
        definition: the change of the pipeline's definition.
        training_data: the table in the place of the source's, or None for no file at all.
        settings: path in the config -> value.
    """

    programs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    contracts: Mapping[str, ContractEdit] = field(default_factory=dict)
    definition: DefinitionEdit | None = None
    training_data: pa.Table | None = field(default_factory=lambda: orders(600, 1))
    settings: Mapping[str, object] = field(default_factory=dict)

    def mended(self) -> Fault:
        """The same place changed, but not for the worse: the step must run again, and succeed."""
        programs = {name: (old, f"pass  # mended\n    {old}") for name, (old, _) in self.programs.items()}
        contracts = dict.fromkeys(self.contracts, _note)
        return replace(Fault(), programs=programs, contracts=contracts)


def _note(contract: dict[str, Any]) -> None:
    contract["note"] = "mended"


@dataclass
class Plant:
    """Where the pipeline runs; all runs share one state folder, whose cache goes by content alone."""

    folder: Path

    def run(self, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> RunReport:
        """Compile and run the pipeline with a fault in it."""
        sources = self.folder / "sources"
        shutil.rmtree(sources, ignore_errors=True)
        for name, table in {"training": fault.training_data, "calibration": orders(300, 2)}.items():
            (sources / name).mkdir(parents=True)
            if table is not None:
                pq.write_table(table, sources / name / "part-0.parquet")
        with monkeypatch.context() as patch:
            self._patch(fault, patch)
            compiled = compile_pipeline(
                TEMPLATE, with_values(minimal_config(TEMPLATE), {**SETTINGS, **fault.settings})
            )
        definition = json.loads(compiled.definition)
        if fault.definition is not None:
            fault.definition({step["Name"]: step for step in definition["Steps"]})
        return run_pipeline(
            definition,
            name=compiled.name,
            state_dir=self.folder / "state",
            assets=compiled.assets,
            mounts={f"{SOURCES}/{name}": sources / name for name in ("training", "calibration")},
        )

    def _patch(self, fault: Fault, patch: pytest.MonkeyPatch) -> None:
        scripts = self.folder / "scripts"
        shutil.rmtree(scripts, ignore_errors=True)
        shutil.copytree(resource("scripts"), scripts, ignore=shutil.ignore_patterns("__pycache__"))
        for name, (old, new) in fault.programs.items():
            text = (scripts / name).read_text(encoding="utf-8")
            assert text.count(old) == 1, f"{name} has changed: '{old}' is not in it once"
            (scripts / name).write_text(text.replace(old, new), encoding="utf-8")
        written = bundles.contract_json

        def contract_json(spec: StepSpecification, unmounted: Collection[str] = ()) -> bytes:
            contract = json.loads(written(spec, unmounted))
            fault.contracts.get(spec.step_type, lambda _: None)(contract)
            return json.dumps(contract).encode()

        patch.setattr(bundles, "resource", lambda _: scripts)
        patch.setattr(bundles, "contract_json", contract_json)
