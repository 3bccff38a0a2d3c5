from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from pipeline_compiler.local.copies import link_or_copy
from pipeline_compiler.local.store import Store
from tests.local.lab import Lab, assert_ok, log_of, output_of, result_of, statuses

COPY = "write(read())"


def test_two_steps_pass_data_on(isolated_lab: Lab) -> None:
    first = isolated_lab.processing("First", "write(read().upper())")
    second = isolated_lab.processing("Second", "write(read() + '!')", {"data": output_of("First")})
    report = isolated_lab.run(second, first)
    assert_ok(report)
    assert result_of(report, "Second") == "ABC!"
    assert [step.name for step in report.steps] == ["First", "Second"]


def test_the_job_sees_what_the_service_gives_it(isolated_lab: Lab) -> None:
    script = """
assert OUT.joinpath("result").is_dir() and OUT.joinpath("other").is_dir()
config = json.loads((ML / "config/processingjobconfig.json").read_text())
assert config["ProcessingJobName"].startswith("pipelines-") and len(config["ProcessingJobName"]) <= 63
assert config["Environment"] == {"LABEL": "income"}
assert json.loads((ML / "config/resourceconfig.json").read_text())["hosts"] == ["algo-1"]
assert os.environ["LABEL"] == "income" and os.environ["AWS_REGION"] == "eu-west-1"
assert sys.argv[1:] == ["--job_type", "training"], sys.argv
(ML / "output/message").write_text("3 rows dropped")
write(json.dumps(sorted(os.environ)))
"""
    step = isolated_lab.processing("Look", script, outputs=("result", "other"))
    step["Arguments"]["AppSpecification"]["ContainerArguments"] = ["--job_type", "training"]
    step["Arguments"]["Environment"] = {"LABEL": "income"}
    report = isolated_lab.run(step)
    assert_ok(report)
    assert report.step("Look").message == "3 rows dropped"


def test_the_jobs_environment_is_clean(isolated_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "MY_TOKEN"):
        monkeypatch.setenv(name, "secret")
    report = isolated_lab.run(isolated_lab.processing("Env", "write(json.dumps(dict(os.environ)))"))
    environment = json.loads(result_of(report, "Env"))
    assert "secret" not in environment.values()
    assert environment["HOME"] == str(isolated_lab.state / "home")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks descriptors up in /proc")
def test_the_job_inherits_no_files(isolated_lab: Lab) -> None:
    script = """
links = [os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]
write("\\n".join(link for link in links if "/proc/" not in link))
"""
    report = isolated_lab.run(isolated_lab.processing("Look", script))
    assert set(result_of(report, "Look").splitlines()) == {"/dev/null", str(report.step("Look").log)}


def test_an_input_may_be_written_and_the_source_stays(isolated_lab: Lab) -> None:
    script = """
(IN / "data/a.txt").write_text("spoilt")
(IN / "data/new.txt").write_text("new")
write(read())
"""
    report = isolated_lab.run(isolated_lab.processing("Spoil", script))
    assert_ok(report)
    assert result_of(report, "Spoil") == "newspoilt"
    assert [(p.name, p.read_text()) for p in isolated_lab.source.iterdir()] == [("a.txt", "abc")]


def test_one_object_is_one_file_in_the_folder_and_stays_as_it_is(isolated_lab: Lab) -> None:
    make = isolated_lab.processing("Make", "write('model', 'm.txt')")
    uri = {"Std:Join": {"On": "/", "Values": [output_of("Make"), "m.txt"]}}
    script = (
        "write(','.join(os.listdir(IN / 'model')) + read('model')); (IN / 'model/m.txt').open('a').write('X')"
    )
    report = isolated_lab.run(make, isolated_lab.processing("Use", script, {"model": uri}))
    assert_ok(report)
    assert result_of(report, "Use") == "m.txtmodel"
    assert result_of(report, "Make", "m.txt") == "model"


def test_an_unwired_input_is_not_mounted(isolated_lab: Lab) -> None:
    report = isolated_lab.run(isolated_lab.processing("Look", "write(','.join(os.listdir(IN)))", {}))
    assert result_of(report, "Look") == "code"


def test_links_and_empty_folders_are_not_uploaded(isolated_lab: Lab) -> None:
    script = """
write("kept", "sub.txt")
(OUT / "result/link").symlink_to(OUT / "result/sub.txt")
(OUT / "result/folder_link").symlink_to("/etc")
(OUT / "result/empty").mkdir()
os.mkfifo(OUT / "result/pipe")
"""
    report = isolated_lab.run(isolated_lab.processing("Links", script))
    assert_ok(report)
    assert os.listdir(report.step("Links").outputs["result"]) == ["sub.txt"]


def test_nothing_is_left_of_a_container_that_succeeded(isolated_lab: Lab) -> None:
    opt = sorted(os.listdir("/opt")) if Path("/opt").is_dir() else None
    assert_ok(isolated_lab.run(isolated_lab.processing("Fine", COPY)))
    assert os.listdir(isolated_lab.state / "containers") == []
    assert (sorted(os.listdir("/opt")) if Path("/opt").is_dir() else None) == opt


def test_independent_steps_run_at_the_same_time(lab: Lab) -> None:
    # Each waits for a file that the other writes: one after the other, neither would end.
    script = """
mine, other = sys.argv[1:]
open(mine, "w").close()
while not os.path.exists(other): time.sleep(0.01)
write(read())
"""
    flags = [str(lab.folder / "flag1"), str(lab.folder / "flag2")]
    steps = []
    for index in (0, 1):
        step = lab.processing(f"Step{index}", script)
        step["Arguments"]["AppSpecification"]["ContainerArguments"] = [flags[index], flags[1 - index]]
        step["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 10}
        steps.append(step)
    assert_ok(lab.run(*steps, workers=2))


def test_the_longest_mounted_prefix_wins_and_is_never_written(lab: Lab) -> None:
    inner = lab.folder / "inner"
    inner.mkdir()
    (inner / "b.txt").write_text("inner")
    step = lab.processing("Read", COPY, {"data": "s3://source/data/deep"})
    report = lab.run(step, mounts={"s3://source/data": lab.source, "s3://source/data/deep": inner})
    assert result_of(report, "Read") == "inner"
    step = lab.processing("Write", COPY)
    step["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] = "s3://source/data/out"
    report = lab.run(step)
    assert [d.code for d in report.diagnostics] == ["PC796"]
    assert os.listdir(lab.source) == ["a.txt"]


def test_other_commands_run_as_they_are(isolated_lab: Lab) -> None:
    step = isolated_lab.processing("Shell", "")
    step["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = [
        "/bin/sh",
        "-c",
        'cp "$PIPELINE_CONTAINER_ROOT/opt/ml/processing/input/data/a.txt" "$0"',
        "/opt/ml/processing/output/result",
    ]
    report = isolated_lab.run(step)
    assert_ok(report)
    assert result_of(report, "Shell", "a.txt") == "abc"


def test_output_is_logged_and_detached_processes_end_with_the_job(isolated_lab: Lab) -> None:
    script = """
print("to stdout"); print("to stderr", file=sys.stderr)
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
write(str(child.pid))
"""
    report = isolated_lab.run(isolated_lab.processing("Noisy", script))
    assert_ok(report)
    assert sorted(log_of(report, "Noisy").splitlines()) == ["to stderr", "to stdout"]
    assert not Path("/proc", result_of(report, "Noisy")).exists()


def test_outputs_at_one_address_add_up_as_objects_do(lab: Lab) -> None:
    steps = [lab.processing(name, f"write('{name}', '{name}.txt')") for name in ("One", "Two")]
    for step in steps:
        step["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] = "s3://bucket/shared"
    report = lab.run(*steps, workers=1)
    assert sorted(os.listdir(report.step("Two").outputs["result"])) == ["One.txt", "Two.txt"]
    assert statuses(report) == {"One": "Succeeded", "Two": "Succeeded"}


def test_an_object_on_another_file_system_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("model")
    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "copy_file_range", refuse)
    link_or_copy(source, target)
    target.write_text("changed")
    assert source.read_text() == "model"


def test_a_new_prefix_appears_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "s3", tmp_path / "scratch", {}, tmp_path / "model-packages")
    folder = store.new_folder()
    for name in ("a", "b"):
        (folder / name).write_text(name)
    monkeypatch.delattr(os, "replace")  # file after file would leave half of them when killed
    assert sorted(os.listdir(store.publish(folder, "s3://bucket/new"))) == ["a", "b"]
