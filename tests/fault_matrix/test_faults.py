"""The fault matrix: each fault stops its own step, says which clause it breaks, and is over once mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest

from pipeline_compiler.local import Status
from tests.fault_matrix.plant import (
    EVALUATION,
    GATE,
    LOADING,
    PACKAGE,
    PAYLOAD,
    PREPROCESSING,
    REGISTRATION,
    TRAINING,
    Fault,
    Plant,
    orders,
)

FAILURE_BYTES = 1024  # what the service keeps of a failure's text


@dataclass(frozen=True)
class Case:
    """A fault, the step that it stops, and the code and a part of the step's message."""

    fault: Fault
    step: str
    code: str
    clause: str


def guarantee(**values: float) -> Callable[[dict[str, Any]], None]:
    return lambda contract: contract["quality"]["performance"].update(values)


def ask_for_a_better_model(contract: dict[str, Any]) -> None:
    bounds = {"minimum": 0.999, "maximum": None}
    contract["quality"]["outputs"]["metrics_output"]["thresholds"]["auc"] = bounds


def without_label_field(steps: Mapping[str, Any]) -> None:
    del steps[TRAINING]["Arguments"]["Environment"]["LABEL_FIELD"]


def without_data(steps: Mapping[str, Any]) -> None:
    inputs = steps[PREPROCESSING]["Arguments"]["ProcessingInputs"]
    inputs.remove(next(each for each in inputs if each["InputName"] == "DATA"))


def with_null_labels() -> pa.Table:
    table = orders(600, 1)
    labels = [None if row % 100 == 0 else label for row, label in enumerate(table["is_fraud"].to_pylist())]
    return table.set_column(3, "is_fraud", pa.array(labels))


LOAD, PREPROCESS, SAMPLE = "cradle_data_loading.py", "tabular_preprocessing.py", "mims_payload.py"
SETTINGS = 'content_types = read_content_types(runtime.env("CONTENT_TYPES"))'
FOLDER = 'folder = runtime.output_path("processed_data")'
REPORT = '(folder / "preprocessing.json").write_text(text, encoding="utf-8")'
DESCRIBE = (
    'data_description.write(runtime.output_path("METADATA"), runtime.output_path("SIGNATURE"), metadata)'
)
FILE_FOR_FOLDER = f"""{FOLDER}
    if settings.job_type == "training":
        folder.rmdir()
        folder.touch()
        return"""
LABELS_AS_FLOATS = f"""{REPORT}
    import pyarrow.parquet as pq
    for part in (folder / "test").glob("*"):
        table = pq.read_table(part)
        at = table.schema.get_field_index(settings.label_field)
        pq.write_table(table.set_column(at, settings.label_field, table[at].cast("double")), part)"""
CASES = {
    "missing input": Case(
        Fault(training_data=None), LOADING, "PC786", "there are no objects at 's3://ml-fraud/raw/training/'"
    ),
    "input that is not mounted": Case(
        Fault(definition=without_data),
        PREPROCESSING,
        "PC703",
        "input 'DATA' is missing: /opt/ml/processing/input/data does not exist",
    ),
    "empty input": Case(
        Fault(training_data=orders(0, 1)),
        LOADING,
        "PC710",
        "input 'source' violates its contract: rows row_count: 0 rows, not at least 1",
    ),
    "missing output": Case(
        Fault(programs={LOAD: (DESCRIBE, f"if runtime.argument('job_type') != 'training': {DESCRIBE}")}),
        LOADING,
        "PC705",
        "wrote no file to: METADATA (/opt/ml/processing/output/metadata), SIGNATURE",
    ),
    "file where a folder is": Case(
        Fault(programs={PREPROCESS: (FOLDER, FILE_FOR_FOLDER)}),
        PREPROCESSING,
        "PC709",
        "processed_data (/opt/ml/processing/output)",
    ),
    "wrong column type": Case(
        Fault(programs={PREPROCESS: (REPORT, LABELS_AS_FLOATS)}),
        PREPROCESSING,
        "PC711",
        "output 'processed_data' violates its contract: "
        "column 'is_fraud' type: is double, not integer (in test)",
    ),
    "null label": Case(
        Fault(training_data=with_null_labels()),
        PREPROCESSING,
        "PC710",
        "input 'DATA' violates its contract: "
        "column 'is_fraud' no_missing_values: 6 of 600 rows have no value",
    ),
    "missing variable": Case(
        Fault(definition=without_label_field),
        TRAINING,
        "PC702",
        "required environment variables are not set: LABEL_FIELD",
    ),
    "over memory": Case(
        Fault(contracts={"XGBoostTraining": guarantee(max_memory_mb=20)}),
        TRAINING,
        "PC712",
        "performance max_memory_mb: used",
    ),
    "metric below its threshold": Case(
        Fault(contracts={"XGBoostModelEvaluation": ask_for_a_better_model}),
        EVALUATION,
        "PC711",
        "output 'metrics_output' violates its contract: metric 'auc': is 0.",
    ),
    "over time": Case(
        Fault(
            contracts={"MimsPayload": guarantee(max_seconds=0.2)},
            programs={SAMPLE: (SETTINGS, f"__import__('time').sleep(60); {SETTINGS}")},
        ),
        PAYLOAD,
        "PC712",
        "performance max_seconds: still running after 0.2 s",
    ),
}
# What waits for what: a step stops those to the right of it.
LINE = [LOADING, PREPROCESSING, TRAINING, EVALUATION, GATE]
AFTER_GATE = {PACKAGE, PAYLOAD, f"{GATE}-Failed"}


def blocked_by(step: str) -> set[str]:
    if step == PAYLOAD:
        return {REGISTRATION}
    return {*LINE[LINE.index(step) + 1 :], *AFTER_GATE, REGISTRATION}


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    """Where the pipeline has run once without a fault."""
    plant = Plant(tmp_path_factory.mktemp("plant"))
    with pytest.MonkeyPatch.context() as patch:
        report = plant.run(Fault(), patch)
    assert report.ok, "\n".join(map(str, report.diagnostics))
    return plant


@pytest.mark.parametrize("name", CASES)
@pytest.mark.slow
def test_a_fault_stops_its_step_and_is_over_once_mended(
    name: str, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    report = plant.run(case.fault, monkeypatch)

    status = {step.name: step.status for step in report.steps}
    assert {each for each in status if status[each] is Status.FAILED} == {case.step}
    assert {each for each in status if status[each] is Status.BLOCKED} == blocked_by(case.step)
    (diagnostic,) = report.step(case.step).diagnostics
    message = report.step(case.step).message or f"{diagnostic.code} {diagnostic.message}"
    assert message.startswith(case.code)
    assert case.clause in message
    assert "\nfix: " in message or diagnostic.fix
    assert len(message.encode()) <= FAILURE_BYTES
    assert case.clause in str(diagnostic)

    mended = plant.run(case.fault.mended(), monkeypatch)
    assert mended.ok, "\n".join(map(str, mended.diagnostics))
    assert mended.model_packages
    if case.fault.programs or case.fault.contracts:
        assert mended.step(case.step).status is Status.SUCCEEDED
    if case.fault.training_data is not None:
        earlier = LINE[: LINE.index(case.step)] if case.step in LINE else LINE[:-1]
        assert [mended.step(each).status for each in earlier] == [Status.CACHED] * len(earlier)


def test_a_metric_below_the_gate_ends_the_run_and_a_lower_gate_goes_on(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = Fault(settings={"steps.QualityGate.threshold": 0.9999})
    report = plant.run(fault, monkeypatch)
    failed = report.step(f"{GATE}-Failed")
    assert not report.ok
    assert failed.status is Status.FAILED
    assert [each.code for each in report.diagnostics] == [each.code for each in failed.diagnostics]
    assert "0.9999" in failed.message
    for name in (PACKAGE, PAYLOAD, REGISTRATION):
        assert report.step(name).status is Status.SKIPPED
    mended = plant.run(Fault(settings={"steps.QualityGate.threshold": 0.5}), monkeypatch)
    assert mended.ok
    assert mended.model_packages
    assert not {LOADING, PREPROCESSING, TRAINING, EVALUATION} & set(mended.executed)
