from __future__ import annotations

import errno
import json
import os
from typing import Any

import pytest

from pipeline_compiler.local.store import Store
from tests.local.lab import Lab, assert_ok, output_of, result_of, statuses

CONTRACT = {
    "entry_point": "main.py",
    "inputs": {"data": {"path": "/opt/ml/processing/input/data", "required": True}},
    "outputs": {
        "result": {"path": "/opt/ml/processing/output/result", "required": True},
        "extra": {"path": "/opt/ml/processing/output/extra", "required": False},
    },
    "required_env_vars": ["LABEL_FIELD"],
    "optional_env_vars": {"ID_FIELD": ""},
}


def failure(lab: Lab, script: str, **more: Any) -> Any:
    more.setdefault("outputs", ("result", "extra"))
    report = lab.run(
        lab.processing("Bad", script, **more), lab.processing("Next", "", {"data": output_of("Bad")})
    )
    assert statuses(report) == {"Bad": "Failed", "Next": "Blocked"}
    assert not (lab.state / "s3/bucket/runs").exists()
    (diagnostic,) = report.diagnostics
    return report.step("Bad"), diagnostic


def test_a_non_zero_exit_tells_everything(isolated_lab: Lab) -> None:
    script = """
for n in range(30): print("line", n)
(ML / "output/message").write_text("PC720 no column 'income' / name the label column")
raise ValueError("no column 'income'")
"""
    result, diagnostic = failure(isolated_lab, script, contract=CONTRACT)
    assert diagnostic.code == "PC788"
    assert diagnostic.place.field == "Bad"
    assert result.exit_status == 1
    assert result.message == "PC720 no column 'income' / name the label column"
    text = str(diagnostic)
    assert "it says: PC720 no column" in text
    assert "| ValueError: no column 'income'" in text
    assert "line 29" in text
    assert "line 2\n" not in text
    assert "input data: /opt/ml/processing/input/data" in text
    assert "output extra: /opt/ml/processing/output/extra (optional)" in text
    assert "environment LABEL_FIELD" in text
    assert "environment ID_FIELD (default '')" in text
    assert f"log: {result.log}" in text
    assert (isolated_lab.state / "containers/Bad/root/opt/ml/output/message").exists()


def named(*texts: str) -> str:
    """A program that leaves the text that the contract runtime leaves of coded errors."""
    return f"(ML / 'output/message').write_text({chr(10).join(texts)!r})\nraise SystemExit(1)"


LABEL = "PC737 the label is never 'Fraud'\nfix: set positive_class to 'fraud'"
COLUMN = "PC710 column 'age' is missing:\nfound: name\nfix: correct the config"


def test_a_problem_that_the_program_names_is_the_problem(lab: Lab) -> None:
    result, diagnostic = failure(lab, named(LABEL))
    assert str(diagnostic).splitlines() == [
        "PC737 error: Bad: the label is never 'Fraud'",
        "  Bad",
        f"  log: {result.log}",
        "  fix: set positive_class to 'fraud'",
    ]
    assert (result.exit_status, result.message) == (1, LABEL)


def test_every_problem_that_the_program_names(lab: Lab) -> None:
    first, second = lab.run(lab.processing("Bad", named(COLUMN, LABEL))).diagnostics
    assert (first.code, first.fix) == ("PC710", "correct the config")
    assert first.message == "Bad: column 'age' is missing:\nfound: name"
    assert (second.code, second.fix) == ("PC737", "set positive_class to 'fraud'")


@pytest.mark.parametrize(
    "texts",
    [
        ("PC707 unexpected KeyError: 'x' (main.py:3)\nfix: see the traceback",),
        (LABEL, "PC710 cut off where the service"),
        (COLUMN, "PC737 the label\nfix: cut off where the ser..."),
        ("it began with", LABEL),
    ],
)
def test_any_other_failure_is_told_in_full(lab: Lab, texts: tuple[str, ...]) -> None:
    _, diagnostic = failure(lab, named(*texts))
    assert diagnostic.code == "PC788"
    assert any(detail.startswith("it says: ") for detail in diagnostic.details)
    assert any(detail.startswith("command: ") for detail in diagnostic.details)


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGTERM"])
def test_a_signal(isolated_lab: Lab, name: str) -> None:
    result, diagnostic = failure(isolated_lab, f"os.kill(os.getpid(), signal.{name})")
    assert diagnostic.code == "PC789"
    assert f"was killed by {name}" in diagnostic.message
    assert result.exit_status < 0


def test_nothing_in_a_required_output(isolated_lab: Lab) -> None:
    script = "write('x', output='extra'); (OUT / 'result/link').symlink_to('/etc/passwd')"
    result, diagnostic = failure(isolated_lab, script, contract=CONTRACT)
    assert diagnostic.code == "PC791"
    assert "'result' (/opt/ml/processing/output/result)" in diagnostic.message
    assert "'extra'" not in diagnostic.message
    assert result.exit_status == 0


def test_an_empty_optional_output_is_fine(isolated_lab: Lab) -> None:
    step = isolated_lab.processing("Good", "write('x')", outputs=("result", "extra"), contract=CONTRACT)
    assert isolated_lab.run(step).ok


def test_nothing_in_a_required_training_output(isolated_lab: Lab) -> None:
    contract = {"entry_point": "train.py", "outputs": {"model": {"path": "/opt/ml/model", "required": True}}}
    report = isolated_lab.run(isolated_lab.training("Train", "", contract=contract))
    assert [d.code for d in report.diagnostics] == ["PC791"]


def test_too_long(isolated_lab: Lab) -> None:
    stopping = {"StoppingCondition": {"MaxRuntimeInSeconds": 1}}
    result, diagnostic = failure(isolated_lab, "time.sleep(60)", Arguments=stopping)
    assert diagnostic.code == "PC790"
    assert "longer than 1 seconds" in diagnostic.message
    assert result.seconds < 10


@pytest.mark.parametrize("command", ["no-such-program", "/opt/ml/processing/input/code/main.py"])
def test_a_command_that_cannot_be_started(isolated_lab: Lab, command: str) -> None:
    step = isolated_lab.processing("Bad", "")
    step["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = [command]
    report = isolated_lab.run(step)
    assert [d.code for d in report.diagnostics] == ["PC792"]
    assert "could not be started" in report.diagnostics[0].message


def test_a_missing_script_is_a_failed_program(isolated_lab: Lab) -> None:
    step = isolated_lab.processing("Bad", "")
    step["Arguments"]["AppSpecification"]["ContainerEntrypoint"][1] += "x"
    report = isolated_lab.run(step)
    assert [d.code for d in report.diagnostics] == ["PC788"]
    assert "No such file" in str(report.diagnostics[0])


def test_dangling_links_in_a_source_do_not_matter(isolated_lab: Lab) -> None:
    (isolated_lab.source / "loop").symlink_to(isolated_lab.source / "loop")
    (isolated_lab.source / "dangling").symlink_to(isolated_lab.source / "nowhere")
    (isolated_lab.source / "link").symlink_to(isolated_lab.source / "a.txt")
    report = isolated_lab.run(isolated_lab.processing("Good", "write(read())"))
    assert_ok(report)
    assert result_of(report, "Good") == "abcabc"


def test_a_full_disk(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Store, "publish", full)
    report = lab.run(lab.processing("Bad", "write('x')"))
    assert [d.code for d in report.diagnostics] == ["PC792"]
    assert "No space left" in report.diagnostics[0].message
    monkeypatch.undo()
    assert statuses(lab.run(lab.processing("Bad", "write('x')"))) == {"Bad": "Succeeded"}


def test_a_property_that_the_step_does_not_have(lab: Lab) -> None:
    first = lab.processing("First", "write('x')")
    second = lab.processing("Second", "", {"data": output_of("First", "reslut")})
    report = lab.run(first, second)
    assert [d.code for d in report.diagnostics] == ["PC799"]
    assert "without an element named 'reslut'" in report.diagnostics[0].message


def test_a_failed_steps_container_is_kept_until_the_next_run(lab: Lab) -> None:
    steps = lab.processing("Bad", "sys.exit(1)"), lab.processing("Good", "write('x')")
    lab.run(*steps)
    assert os.listdir(lab.state / "containers") == ["Bad"]
    lab.run(*steps, only=["Good"])
    assert not (lab.state / "containers").exists()


def test_the_report_as_data(lab: Lab) -> None:
    report = lab.run(lab.processing("Bad", "sys.exit(7)"), lab.processing("Good", "write('x')"))
    data = json.loads(json.dumps(report.as_dict()))
    assert data["ok"] is False
    assert sorted(data["executed"]) == ["Bad", "Good"]
    bad = next(step for step in data["steps"] if step["name"] == "Bad")
    assert bad["status"] == "Failed"
    assert bad["exit_status"] == 7
    assert bad["diagnostics"][0]["code"] == "PC788"
    summary = json.loads((report.folder / "execution.json").read_text())
    assert summary["status"] == "Failed"
