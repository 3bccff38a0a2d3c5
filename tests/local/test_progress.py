from __future__ import annotations

import io

import pytest
from rich.console import Console

from pipeline_compiler.local import LiveListener, PlainListener, Status, StepResult, progress_listener
from tests.local.lab import Lab, output_of


def steps(lab: Lab) -> list[dict[str, object]]:
    return [
        lab.processing("Good", "write('x')"),
        lab.processing("Bad", "(ML / 'output/message').write_text('[no] column'); sys.exit(1)"),
        lab.processing("Next", "", {"data": output_of("Bad")}),
    ]


def test_plain_lines_where_nobody_looks(lab: Lab) -> None:
    stream = io.StringIO()
    listener = progress_listener(Console(file=stream, width=20))
    assert isinstance(listener, PlainListener)
    lab.run(*steps(lab), listener=listener)
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("execution ")
    assert lines[0].endswith(": 3 steps")
    assert any(line.startswith("Good: Succeeded after ") for line in lines)
    assert any(line.startswith("Bad: Failed after ") and line.endswith(": [no] column") for line in lines)
    assert any(line.startswith("Next: Blocked") for line in lines)
    assert lines[-1] == "execution failed"


@pytest.mark.parametrize("terminal", [False, True])
def test_of_a_long_message_only_the_first_line_is_shown(terminal: bool) -> None:
    stream = io.StringIO()
    listener = progress_listener(Console(file=stream, force_terminal=terminal, width=100))
    listener.run_started("id", ["Bad"])
    listener.step_finished(StepResult("Bad", "Processing", Status.FAILED, message="no column\nfix: add it"))
    listener.run_finished("Failed")
    assert "no column" in stream.getvalue()
    assert "fix" not in stream.getvalue()


def test_a_tuning_step_tells_how_far_it_is(lab: Lab) -> None:
    ranges = {"CategoricalParameterRanges": [{"Name": "n", "Values": ["5", "7"]}]}
    tune = lab.tuning("Tune", "print('score=' + sys.argv[2])", ranges, limits={"MaxParallelTrainingJobs": 1})
    stream = io.StringIO()
    lab.run(tune, listener=progress_listener(Console(file=stream)))
    lines = stream.getvalue().splitlines()
    assert lines[2].startswith("Tune: 1 of 2 jobs, best score=")
    assert lines[3] == "Tune: 2 of 2 jobs, best score=7 so far"


def test_the_table_shows_how_far_a_step_is() -> None:
    stream = io.StringIO()
    listener = LiveListener(Console(file=stream, force_terminal=True, width=100))
    listener.run_started("id", ["Tune"])
    listener.step_started("Tune")
    listener.step_progressed("Tune", "1 of 2 jobs")
    listener.run_finished("Stopped")
    assert "1 of 2 jobs" in stream.getvalue()


def test_a_table_on_a_terminal(lab: Lab) -> None:
    stream = io.StringIO()
    listener = progress_listener(Console(file=stream, force_terminal=True, width=100))
    assert isinstance(listener, LiveListener)
    lab.run(*steps(lab), listener=listener)
    assert all(
        word in stream.getvalue() for word in ("Good", "Succeeded", "Failed", "Blocked", "[no] column")
    )


def test_nothing_on_standard_output(lab: Lab, capfd: pytest.CaptureFixture[str]) -> None:
    lab.run(*steps(lab), listener=progress_listener())
    lab.run(*steps(lab))
    assert capfd.readouterr().out == ""
