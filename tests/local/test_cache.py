from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler.local import cache
from pipeline_compiler.local.digests import Digests
from tests.local.lab import (
    Lab,
    assert_ok,
    compare,
    condition,
    get,
    json_get,
    output_of,
    result_of,
    statuses,
)


def chain(lab: Lab, first: str = "write(read().upper())", second: str = "write(read() + '!')") -> list[Any]:
    return [
        lab.processing("First", first),
        lab.processing("Second", second, {"data": output_of("First")}),
        lab.processing("Apart", "write('apart')", {}),
    ]


ALL_CACHED = {"First": "Cached", "Second": "Cached", "Apart": "Cached"}


def test_a_second_run_executes_nothing_and_gives_the_same(isolated_lab: Lab) -> None:
    first, second = (isolated_lab.run(*chain(isolated_lab)) for _ in range(2))
    assert set(first.executed) == {"First", "Second", "Apart"}
    assert second.executed == ()
    assert statuses(second) == ALL_CACHED
    for name in ALL_CACHED:
        assert second.step(name).outputs == first.step(name).outputs
        assert second.step(name).properties == first.step(name).properties
        assert second.step(name).log == first.step(name).log


def test_isolation_does_not_change_what_a_step_is(lab: Lab, namespace_refusal: str | None) -> None:
    if namespace_refusal is not None:
        pytest.skip(namespace_refusal)
    lab.run(*chain(lab), isolation="namespace")
    assert statuses(lab.run(*chain(lab), isolation="remap")) == ALL_CACHED


def test_editing_a_script_reruns_it_and_what_its_outputs_change(lab: Lab) -> None:
    lab.run(*chain(lab))
    edited = lab.run(*chain(lab, first="write(read().title())"))
    assert statuses(edited) == {"First": "Succeeded", "Second": "Succeeded", "Apart": "Cached"}
    assert result_of(edited, "Second") == "Abc!"


def test_an_edit_that_changes_no_output_stops_there(lab: Lab) -> None:
    lab.run(*chain(lab))
    edited = lab.run(*chain(lab, first="write(read().upper())  # a comment"))
    assert statuses(edited) == {"First": "Succeeded", "Second": "Cached", "Apart": "Cached"}


def test_changed_data_reruns_what_reads_it(lab: Lab) -> None:
    lab.run(*chain(lab))
    (lab.source / "a.txt").write_text("xyz")  # as long as before
    assert lab.run(*chain(lab)).executed == ("First", "Second")
    (lab.source / "a.txt").rename(lab.source / "b.txt")  # a name is content too
    assert lab.run(*chain(lab)).executed == ("First",)


def test_touched_data_reruns_nothing(lab: Lab) -> None:
    lab.run(*chain(lab))
    os.utime(lab.source / "a.txt", (0, 0))
    assert statuses(lab.run(*chain(lab))) == ALL_CACHED


def damage_delete(folder: Path) -> None:
    shutil.rmtree(folder)


def damage_change(folder: Path) -> None:
    (folder / "result.txt").write_text("ABD")


def damage_add(folder: Path) -> None:
    (folder / "extra.txt").write_text("")


@pytest.mark.parametrize("damage", [damage_delete, damage_change, damage_add])
def test_a_result_is_believed_only_while_it_is_unaltered(lab: Lab, damage: Callable[[Path], None]) -> None:
    damage(lab.run(*chain(lab)).step("First").outputs["result"])
    report = lab.run(*chain(lab))
    assert report.executed == ("First",)
    assert result_of(report, "First") == "ABC"


def test_other_parameters_rerun_and_earlier_ones_are_still_there(lab: Lab) -> None:
    step = lab.processing("A", "write(os.environ['X'])")
    step["Arguments"]["Environment"] = {"X": get("Parameters.X")}
    declared = [{"Name": "X", "Type": "String", "DefaultValue": "one"}]
    lab.run(step, declared=declared)
    two = lab.run(step, declared=declared, parameters={"X": "two"})
    assert two.executed == ("A",)
    again = lab.run(step, declared=declared, parameters={"X": "one"})
    assert statuses(again) == {"A": "Cached"}
    assert result_of(again, "A") == "one"


def test_another_library_version_reruns(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.run(*chain(lab))
    monkeypatch.setattr(cache, "environment_versions", lambda: {"python": "3.99"})
    assert len(lab.run(*chain(lab)).executed) == 3


def test_without_the_cache_everything_runs(lab: Lab) -> None:
    lab.run(*chain(lab))
    assert len(lab.run(*chain(lab), use_cache=False).executed) == 3


def test_a_run_resumes_after_a_failure(isolated_lab: Lab) -> None:
    failed = isolated_lab.run(*chain(isolated_lab, second="sys.exit(1)"))
    assert statuses(failed) == {"First": "Succeeded", "Second": "Failed", "Apart": "Succeeded"}
    assert not (isolated_lab.state / "s3/bucket/runs" / failed.execution_id / "Second").exists()
    # What failed is run again even when nothing changed; what succeeded is not.
    assert isolated_lab.run(*chain(isolated_lab, second="sys.exit(1)")).executed == ("Second",)
    mended = isolated_lab.run(*chain(isolated_lab))
    assert mended.executed == ("Second",)
    assert result_of(mended, "Second") == "ABC!"
    assert os.listdir(isolated_lab.state / "containers") == []


def test_training_and_registration_and_property_files_are_cached(lab: Lab) -> None:
    train = lab.training("Train", "(ML / 'model/m').write_text('m')")
    files = [{"PropertyFileName": "metrics", "OutputName": "result", "FilePath": "m.json"}]
    model = get("Steps.Train.ModelArtifacts.S3ModelArtifacts")
    evaluate = lab.processing(
        "Evaluate", """write('{"auc": 0.9}', 'm.json')""", {"model": model}, PropertyFiles=files
    )
    register = {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": "group",
            "InferenceSpecification": {"Containers": [{"Image": "i", "ModelDataUrl": model}]},
        },
    }
    gate = condition("Gate", [compare("GreaterThan", json_get("Evaluate", "auc"), 0.5)], [register])
    first, second = (lab.run(train, evaluate, gate) for _ in range(2))
    assert_ok(first)
    assert second.executed == ()
    assert second.read_property_file("Evaluate", "metrics") == {"auc": 0.9}
    assert second.model_packages == first.model_packages


def test_ten_cached_steps_cost_little_and_read_no_data(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for index in range(2000):
        (lab.source / f"part-{index}.txt").write_text("x")
    steps = [lab.processing("Step0", "write('0')")]
    steps += [
        lab.processing(f"Step{i}", "write('x')", {"data": output_of(f"Step{i - 1}")}) for i in range(1, 10)
    ]
    assert_ok(lab.run(*steps))
    lab.run(*steps)  # remembers the files that were too new to be remembered the first time
    time.sleep(0.1)
    lab.run(*steps)

    def no_reading(self: Digests, file: str) -> str:
        raise AssertionError(f"{file} was read again")

    monkeypatch.setattr(Digests, "_read", no_reading)
    start = time.perf_counter()
    assert lab.run(*steps).executed == ()
    assert time.perf_counter() - start < 0.5
