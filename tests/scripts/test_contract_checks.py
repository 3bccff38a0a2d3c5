from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import contract_checks
import contract_runtime
import pytest

from script_contracts.quality import (
    Bounds,
    FilesContract,
    MetricsContract,
    ModelContract,
    PerformanceGuarantees,
    PortContract,
)

MODEL = ModelContract(
    format="xgboost-ubj",
    files=("model.ubj", "info.json"),
    metadata_file="info.json",
    metadata_includes=("features",),
)
GOOD = {"model.ubj": b"{}", "info.json": b'{"features": []}'}


def found(contract: PortContract, folder: Path) -> list[str]:
    return [
        str(each) for each in contract_checks.port_violations(contract.model_dump(mode="json"), folder, {})
    ]


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def packed(folder: Path, members: Iterable[tuple[str, bytes | None]]) -> Path:
    """A model archive; None makes a symbolic link."""
    with tarfile.open(folder / "model.tar.gz", "w:gz") as tar:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            if content is None:
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content or b""))
    return folder


def test_files(tmp_path: Path) -> None:
    contract = FilesContract(files=("a.json", "sub/b.txt"))
    assert found(contract, write(tmp_path, {"a.json": b"1", "sub/b.txt": b"2"})) == []
    write(tmp_path, {"a.json": b"", "c.txt": b""})
    (tmp_path / "sub/b.txt").unlink()
    assert found(contract, tmp_path) == [
        "file 'a.json': is empty",
        "file 'sub/b.txt': is missing; found: a.json, c.txt, sub",
    ]
    (report,) = found(FilesContract(files=("x",)), write(tmp_path, {f"{n:02d}": b"" for n in range(30)}))
    assert report.endswith("08, 09 and 23 more")
    assert found(FilesContract(files=("x",)), tmp_path / "none") == ["file 'x': is missing; found: nothing"]


@pytest.mark.parametrize("prefix", ["", "./"])
def test_a_model_in_a_folder_or_in_an_archive(prefix: str, tmp_path: Path) -> None:
    assert found(MODEL, packed(tmp_path, [(prefix + name, text) for name, text in GOOD.items()])) == []
    (tmp_path / "model.tar.gz").unlink()
    assert found(MODEL, write(tmp_path, GOOD)) == []


MODEL_FAULTS = [
    ({"info.json": None}, ["file 'info.json': is missing; found: model.ubj"]),
    ({"model.ubj": None}, ["file 'model.ubj': is missing; found: info.json"]),
    ({"model.ubj": b""}, ["file 'model.ubj': is empty"]),
    ({"info.json": b"[1]"}, ["metadata 'info.json': is not a JSON object"]),
    ({"info.json": b"\xff"}, ["metadata 'info.json': is not a JSON object"]),
    ({"info.json": b'{"label": 1}'}, ["metadata 'features': is missing in info.json"]),
]


@pytest.mark.parametrize(("changes", "reports"), MODEL_FAULTS)
@pytest.mark.parametrize("archived", [True, False])
def test_a_model_that_lacks_something(
    changes: dict[str, bytes | None], reports: list[str], archived: bool, tmp_path: Path
) -> None:
    files = {name: text for name, text in {**GOOD, **changes}.items() if text is not None}
    folder = packed(tmp_path, files.items()) if archived else write(tmp_path, files)
    assert found(MODEL, folder) == reports


def test_metadata_in_a_file_of_its_own(tmp_path: Path) -> None:
    contract = ModelContract(format="x", metadata_file="info.json", metadata_includes=("features",))
    assert found(contract, tmp_path) == ["file 'info.json': is missing; found: nothing"]
    assert found(contract, write(tmp_path, GOOD)) == []
    assert found(ModelContract(format="x", files=("model.ubj",)), tmp_path) == []


def test_names_that_lead_out_of_the_archive_are_not_its_files(tmp_path: Path) -> None:
    members = [(f"../../{name}", text) for name, text in GOOD.items()]
    assert found(MODEL, packed(tmp_path, [*members, ("/opt/model.ubj", b"x"), ("a/../../b", b"x")])) == [
        "archive: model.tar.gz has members outside of it: "
        "../../model.ubj, ../../info.json, /opt/model.ubj, a/../../b",
        "file 'model.ubj': is missing; found: nothing",
        "file 'info.json': is missing; found: nothing",
    ]
    (report,) = found(MODEL, packed(tmp_path, [("model.ubj", None), ("info.json", GOOD["info.json"])]))
    assert report == "file 'model.ubj': is missing; found: info.json"


def test_an_archive_that_cannot_be_read(tmp_path: Path) -> None:
    archive = tmp_path / "model.tar.gz"
    members = [*GOOD.items(), ("big", bytes(range(256)) * 4000)]
    content = (packed(tmp_path, members) / "model.tar.gz").read_bytes()
    middle = len(content) // 2
    broken = [
        b"",
        b"text",
        content[:middle],
        content[:20],
        content[:middle] + b"\0" * 99 + content[middle + 99 :],
    ]
    for each in broken:
        archive.write_bytes(each)
        (report,) = found(MODEL, tmp_path)
        assert report.startswith("archive: model.tar.gz cannot be read: ")


METRICS = MetricsContract(required_metrics=("auc", "f1"), thresholds={"auc": Bounds(minimum=0.8, maximum=1)})


@pytest.mark.parametrize(
    ("text", "reports"),
    [
        ('{"auc": 0.8, "f1": 0, "history": []}', []),
        ('{"auc": 1, "f1": 0.5}', []),
        ('{"auc": 0.79, "f1": 0}', ["metric 'auc': is 0.79, outside 0.8 to 1.0"]),
        ('{"auc": 1.5, "f1": 0}', ["metric 'auc': is 1.5, outside 0.8 to 1.0"]),
        ('{"auc": Infinity, "f1": 0}', ["metric 'auc': is inf, outside 0.8 to 1.0"]),
        ('{"auc": NaN, "f1": 0}', ["metric 'auc': is NaN, not a number"]),
        ('{"auc": 0.9, "f1": true}', ["metric 'f1': is true, not a number"]),
        ('{"auc": 0.9, "f1": null}', ["metric 'f1': is null, not a number"]),
        ('{"auc": 0.9, "f1": "0.5"}', ["metric 'f1': is \"0.5\", not a number"]),
        ('{"auc": 0.9}', ["metric 'f1': is missing; found: auc"]),
        ("[]", ["file 'metrics.json': is not a JSON object"]),
        ('{"auc": 0.9', ["file 'metrics.json': is not a JSON object"]),
        (None, ["file 'metrics.json': is missing; found: nothing"]),
    ],
)
def test_metrics(text: str | None, reports: list[str], tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "metrics.json").write_text(text)
    assert found(METRICS, tmp_path) == reports


@pytest.mark.parametrize("metrics", [{}, {"auc": None}, {"auc": float("nan")}, {"auc": 0.1}])
def test_a_threshold_holds_for_a_metric_that_is_not_required_too(
    metrics: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "m.json").write_text(json.dumps(metrics))
    contract = MetricsContract(file="m.json", thresholds={"auc": Bounds(minimum=0.8)}, on_violation="warn")
    (violation,) = contract_checks.port_violations(contract.model_dump(mode="json"), tmp_path, {})
    assert violation.clause == "metric 'auc'"
    assert violation.on_violation == "warn"


# --- performance ----------------------------------------------------------------------------------


def guarantees(**values: Any) -> dict[str, Any]:
    return PerformanceGuarantees(**values).model_dump(mode="json")


def test_performance() -> None:
    meter = contract_checks.Meter()
    time.sleep(0.02)
    assert list(meter.violations(guarantees())) == []
    assert list(meter.violations(guarantees(max_seconds=60.0, max_memory_mb=1e6))) == []
    slow, large = meter.violations(guarantees(max_seconds=0.01, max_memory_mb=1.0, on_violation="warn"))
    assert str(slow).startswith("performance max_seconds: took 0.0 s, more than 0.01 s")
    assert str(large).startswith("performance max_memory_mb: used ")
    assert large.on_violation == "warn"


MEASURE = "import contract_checks; print(contract_checks.peak_memory_mb())"


@pytest.mark.parametrize(("body", "low", "high"), [("", 3, 90), ("x = b'1' * (120 << 20); del x", 120, 220)])
def test_peak_memory_is_the_programs_own(body: str, low: int, high: int, tmp_path: Path) -> None:
    # However much the parent uses.
    ballast = bytearray(b"1") * (300 << 20)
    code = f"{body}\n{MEASURE}"
    scripts = str(Path(contract_checks.__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=scripts, capture_output=True, text=True, check=True
    )
    assert len(ballast)
    assert low < float(done.stdout) < high


@pytest.mark.parametrize("action", ["fail", "warn"])
def test_the_program_is_interrupted_when_its_time_is_over(action: str) -> None:
    contract = {"quality": {"performance": guarantees(max_seconds=0.05, on_violation=action)}}
    runtime = contract_runtime.Runtime(contract, {})
    started = time.monotonic()
    if action == "warn":
        with runtime.stopped_after_guarantee():
            time.sleep(0.1)
        return
    with pytest.raises(contract_runtime.ScriptError) as caught, runtime.stopped_after_guarantee():
        time.sleep(5)
    assert time.monotonic() - started < 2
    assert caught.value.code == "PC712"
    assert "performance max_seconds: still running after 0.05 s" in str(caught.value)
    with runtime.stopped_after_guarantee():
        pass
    time.sleep(0.1)  # the alarm is off


def test_violations_are_raised_together_and_warnings_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ports = {
        "one": FilesContract(files=("a", "b")),
        "two": MetricsContract(thresholds={"auc": Bounds(minimum=1)}, on_violation="warn"),
        "absent": FilesContract(files=("c",)),
    }
    contract = {
        "inputs": {name: {"path": f"/{name}"} for name in ports},
        "optional_env_vars": {},
        "quality": {"inputs": {name: port.model_dump(mode="json") for name, port in ports.items()}},
    }
    (tmp_path / "one").mkdir()
    write(tmp_path, {"two/metrics.json": b'{"auc": 0.5}'})
    runtime = contract_runtime.Runtime(contract, {}, (), str(tmp_path))
    with pytest.raises(contract_runtime.CollectedError) as caught:
        runtime.check_ports("inputs")
    assert [error.message for error in caught.value.errors] == [
        "input 'one' violates its contract: file 'a': is missing; found: nothing",
        "input 'one' violates its contract: file 'b': is missing; found: nothing",
    ]
    assert capsys.readouterr().err == (
        "PC710 warning: input 'two' violates its contract: metric 'auc': is 0.5, outside 1.0 to any\n"
    )
