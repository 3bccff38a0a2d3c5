from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.scripts.harness import SCRIPTS, ScriptRun

CONTRACT: dict[str, Any] = {
    "step_type": "Demo",
    "entry_point": "demo.py",
    "job_kind": "Processing",
    "inputs": {
        "DATA": {"path": "/opt/ml/processing/input/data", "required": True},
        "EXTRA": {"path": "/opt/ml/processing/input/extra", "required": False},
    },
    "outputs": {
        "result": {"path": "/opt/ml/processing/output", "required": True},
        "plots": {"path": "/opt/ml/processing/plots", "required": False},
    },
    "arguments": {"job_type": None, "mode": "fast"},
    "required_env_vars": ["LABEL_FIELD"],
    "optional_env_vars": {"ID_FIELD": "", "LIMIT": "7"},
}
GOOD = """
text = "|".join([
    (runtime.input_path("DATA") / "a.txt").read_text(),
    str(runtime.optional_input_path("EXTRA")),
    runtime.env("LABEL_FIELD"), runtime.env("LIMIT"),
    runtime.argument("job_type"), runtime.argument("mode"),
])
(runtime.output_path("result") / "out.txt").write_text(text)
assert runtime.output_path("plots").is_dir()
"""


def run(
    root: Path,
    body: str = GOOD,
    *,
    contract: dict[str, Any] | None = None,
    files: dict[str, str] | None = None,
    env: dict[str, str] | None = None,
    arguments: tuple[str, ...] = ("--job_type", "training"),
) -> ScriptRun:
    """Run a program with this body of `main` in the container root `root`."""
    root.mkdir(exist_ok=True)
    code = root / "code"
    code.mkdir()
    for module in SCRIPTS.glob("contract_*.py"):  # the runtime and what it imports
        (code / module.name).write_bytes(module.read_bytes())
    indented = body.strip().replace("\n", "\n    ")
    (code / "demo.py").write_text(
        "import sys, contract_runtime\n"
        f"def main(runtime):\n    {indented}\n"
        'if __name__ == "__main__":\n    contract_runtime.execute(main)\n'
    )
    if contract != {}:
        (code / "contract.json").write_text(json.dumps(contract or CONTRACT))
    for name, text in ({"processing/input/data/a.txt": "hello"} if files is None else files).items():
        path = root / "opt/ml" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = subprocess.run(
        [sys.executable, str(code / "demo.py"), *arguments],
        env={
            "PATH": os.environ["PATH"],
            "PIPELINE_CONTAINER_ROOT": str(root),
            **({"LABEL_FIELD": "income"} if env is None else env),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return ScriptRun("demo", root, done.returncode, done.stdout, done.stderr)


def message(root: Path, name: str = "message") -> str:
    return (root / "opt/ml/output" / name).read_text(encoding="utf-8")


def test_a_program_gets_its_paths_settings_and_defaults(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    written = (tmp_path / "opt/ml/processing/output/out.txt").read_text()
    assert written == "hello|None|income|7|training|fast"
    assert not (tmp_path / "opt/ml/output/message").exists()


def test_an_option_may_be_written_with_an_equals_sign(tmp_path: Path) -> None:
    done = run(tmp_path, arguments=("--job_type=a=b", "--mode=slow"))
    assert done.returncode == 0
    assert (tmp_path / "opt/ml/processing/output/out.txt").read_text().endswith("|a=b|slow")


def test_everything_missing_at_the_start_is_reported_at_once(tmp_path: Path) -> None:
    done = run(tmp_path, files={}, env={"LABEL_FIELD": ""}, arguments=("--jobtype", "x"))
    assert done.returncode == 1
    text = message(tmp_path)
    for part in (
        "PC702 required environment variables are not set: LABEL_FIELD",
        "PC703 input 'DATA' is missing: /opt/ml/processing/input/data does not exist",
        "PC704 missing arguments: --job_type",
        "PC704 unknown arguments: --jobtype",
        "known are: --job_type, --mode",
    ):
        assert part in text
    assert text in done.stderr
    assert not (tmp_path / "opt/ml/processing/output").exists()  # nothing was begun


def test_an_option_without_a_value_is_missing(tmp_path: Path) -> None:
    run(tmp_path, arguments=("--job_type", "--mode", "slow"))
    assert "PC704 missing arguments: --job_type" in message(tmp_path)


def test_a_mounted_input_without_files_is_missing_even_if_optional(tmp_path: Path) -> None:
    (tmp_path / "opt/ml/processing/input/extra/sub").mkdir(parents=True)
    run(tmp_path)
    assert "PC703 input 'EXTRA' is missing: /opt/ml/processing/input/extra holds no file" in message(tmp_path)


def test_a_required_output_that_stays_empty_fails_the_program(tmp_path: Path) -> None:
    done = run(tmp_path, 'print("did nothing")')
    assert (done.returncode, done.stdout) == (1, "did nothing\n")
    assert message(tmp_path).startswith("PC705 demo.py wrote no file to: result (/opt/ml/processing/output)")


@pytest.mark.parametrize("ending", ["sys.exit()", "sys.exit(0)"])
def test_ending_early_without_a_failure_does_not_skip_the_checks(tmp_path: Path, ending: str) -> None:
    done = run(tmp_path / "c", ending)
    assert done.returncode == 1
    assert "PC705" in done.stderr


def test_a_program_may_end_itself_with_a_failure(tmp_path: Path) -> None:
    assert run(tmp_path / "c", "sys.exit(3)").returncode == 3


@pytest.mark.parametrize(
    "call",
    ['input_path("DTA")', 'output_path("DTA")', 'env("DTA")', 'argument("DTA")', 'input_path("result")'],
)
def test_a_name_that_the_contract_does_not_declare_is_an_error(tmp_path: Path, call: str) -> None:
    assert run(tmp_path, f"runtime.{call}").returncode == 1
    assert message(tmp_path).startswith("PC706 demo.py asks for ")


def test_an_optional_input_that_is_not_mounted_cannot_be_read_as_if_it_were(tmp_path: Path) -> None:
    run(tmp_path, 'runtime.input_path("EXTRA")')
    assert message(tmp_path).startswith("PC703 input 'EXTRA' is missing")


def test_a_coded_failure_is_the_last_thing_in_the_log_and_keeps_its_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, 'raise contract_runtime.ScriptError("PC799", "bad thing: 7", "use 8")')
    assert done.returncode == 1
    assert message(tmp_path) == "PC799 bad thing: 7\nfix: use 8"
    assert done.stderr.startswith("Traceback")
    assert done.stderr.endswith("\nPC799 bad thing: 7\nfix: use 8\n")


def test_an_unexpected_exception_says_where_it_came_from(tmp_path: Path) -> None:
    done = run(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert message(tmp_path).startswith("PC707 unexpected ZeroDivisionError: division by zero (demo.py:3)")


def test_the_failure_text_fits_what_the_service_keeps_and_stays_valid_utf8(tmp_path: Path) -> None:
    run(tmp_path, 'raise contract_runtime.ScriptError("PC799", "€" * 2000, "shorten")')
    data = (tmp_path / "opt/ml/output/message").read_bytes()
    assert 1000 < len(data) <= 1024
    assert data.decode("utf-8").startswith("PC799 €€")
    assert data.endswith(b"...")


def test_without_a_contract_the_program_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, contract={})
    assert done.returncode == 1
    assert done.stderr.startswith("PC701 cannot read the contract")


TRAINING = {
    **CONTRACT,
    "job_kind": "Training",
    "inputs": {"hyperparameters": {"path": "/opt/ml/input/config/hyperparameters.json", "required": True}},
    "outputs": {"model": {"path": "/opt/ml/model", "required": True}},
    "arguments": {},
}


def test_a_training_program_reads_hyperparameters_and_ignores_them_as_arguments(tmp_path: Path) -> None:
    values = {"max_depth": "6", "eta": "0.1", "sagemaker_program": '"demo.py"'}
    values["_tuning_objective_metric"] = "validation:auc"  # which a tuning job adds
    done = run(
        tmp_path,
        '(runtime.output_path("model") / "m").write_text(repr(runtime.hyperparameters))',
        contract=TRAINING,
        files={"input/config/hyperparameters.json": json.dumps(values)},
        arguments=("--max_depth", "6", "--eta", "-0.1"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert ast.literal_eval((tmp_path / "opt/ml/model/m").read_text()) == {"max_depth": "6", "eta": "0.1"}


@pytest.mark.parametrize("text", ["{", "[1]", '{"max_depth": 6}'])
def test_hyperparameters_that_the_service_would_not_deliver_are_an_error(tmp_path: Path, text: str) -> None:
    done = run(
        tmp_path,
        "runtime.hyperparameters",
        contract=TRAINING,
        files={"input/config/hyperparameters.json": text},
        arguments=(),
    )
    assert done.returncode == 1
    assert message(tmp_path, "failure").startswith("PC708 ")


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.name)
def test_every_program_has_the_syntax_of_the_oldest_container(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.name)
def test_no_program_names_a_container_path(path: Path) -> None:
    literals = [
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "/opt/ml" in node.value
    ]
    allowed = ["/opt/ml/output/failure", "/opt/ml/output/message"] if path.stem == "contract_runtime" else []
    assert literals == allowed
