"""What every container program shares: its contract's paths, settings, checks and failure text.

A program imports this module and nothing else of ours, and never names a container path::

    def main(runtime: contract_runtime.Runtime) -> None:
        table = read(runtime.input_path("DATA"))

    if __name__ == "__main__":
        contract_runtime.execute(main)

The contract is `contract.json`, which the compiler writes beside the program. Standard library only,
in the syntax of Python 3.8: the oldest interpreter of the AWS images.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Callable, Iterable, Iterator, Mapping, Sequence

from contract_checks import Meter, Violation, port_violations

ROOT_VARIABLE = "PIPELINE_CONTAINER_ROOT"
# Arrow's own allocators keep what was freed for later, a fifth of the peak of a program that streams. Arrow
# reads this when it is first imported, which is after this module.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
# Where the service looks for the reason of a failure, and how much of it it keeps:
# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
# https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
FAILURE_PATHS = {"Training": "/opt/ml/output/failure", "Processing": "/opt/ml/output/message"}
FAILURE_BYTES = 1024
# Of script mode, and of a tuning job, which tells each training job the metric to improve (the SageMaker
# SDK's tuner.py and estimator.py remove it from a finished job's hyperparameters).
SERVICE_PARAMETERS = ("sagemaker_", "_tuning_objective_metric")


class ScriptError(Exception):
    """A failure that a person can mend: a stable code, the actual value, and the remedy."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        super().__init__(code, message, fix)
        self.code, self.message, self.fix = code, message, fix

    def __str__(self) -> str:
        return f"{self.code} {self.message}\nfix: {self.fix}"


class CollectedError(Exception):
    """Several failures found together, so that they can be mended together."""

    def __init__(self, errors: Sequence[ScriptError]) -> None:
        super().__init__(*errors)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


def raise_all(errors: Sequence[ScriptError]) -> None:
    """Raise the errors found, if any: one alone as it is, several as `CollectedError`."""
    if errors:
        raise errors[0] if len(errors) == 1 else CollectedError(errors)


class Runtime:
    """One run of one program inside its container.

    Arguments:
        contract: the parsed `contract.json`.
        environment: the process environment.
        arguments: the command line after the program's name.
        root: a folder that takes the place of `/`; empty inside a real container.
    """

    def __init__(
        self,
        contract: Mapping[str, Any],
        environment: Mapping[str, str],
        arguments: Sequence[str] = (),
        root: str = "",
    ) -> None:
        self.contract = contract
        self._environment = environment
        self._root = root
        self._arguments, self._unknown_arguments = _parse(arguments)

    def input_path(self, name: str) -> Path:
        """The folder (or file) of an input.

        Raises:
            ScriptError: (PC706) the contract has no such input; (PC703) it was not mounted.
        """
        path = self.optional_input_path(name)
        if path is None:
            raise self._missing_input(name)
        return path

    def optional_input_path(self, name: str) -> Path | None:
        """The folder of an input, or None where the pipeline does not supply it.

        Raises:
            ScriptError: (PC706) the contract has no such input.
        """
        path = self._place(self._declared("inputs", name)["path"])
        return path if path.exists() else None

    def output_path(self, name: str) -> Path:
        """The folder of an output, which exists.

        Raises:
            ScriptError: (PC706) the contract has no such output.
        """
        return self._place(self._declared("outputs", name)["path"])

    def env(self, name: str) -> str:
        """A setting from the environment; an optional one that is unset has the contract's default.

        Raises:
            ScriptError: (PC706) the contract names no such variable.
        """
        if name in self.contract["required_env_vars"]:
            return self._environment[name]
        return self._environment.get(name, self._declared("optional_env_vars", name))

    def argument(self, name: str) -> str:
        """A command-line option's value, or the contract's default.

        Raises:
            ScriptError: (PC706) the contract has no such option.
        """
        return self._arguments.get(name, self._declared("arguments", name))

    @property
    def hyperparameters(self) -> dict[str, str]:
        """The training job's hyperparameters, as strings, without those that the service adds.

        Raises:
            ScriptError: (PC708) the file is not a JSON object of strings.
        """
        path = self.input_path("hyperparameters")
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise _bad_hyperparameters(f"{path} is not JSON: {error}") from error
        if not isinstance(values, dict):
            raise _bad_hyperparameters(f"{path} holds {values!r}, which is not a JSON object")
        wrong = {key: value for key, value in values.items() if not isinstance(value, str)}
        if wrong:
            raise _bad_hyperparameters(f"hyperparameters that are not strings: {wrong!r}")
        return {key: value for key, value in values.items() if not key.startswith(SERVICE_PARAMETERS)}

    def check_start(self) -> None:
        """Check everything that the contract asks of the pipeline, before any work is done.

        Raises:
            ScriptError, CollectedError: (PC702, PC703, PC704) with all problems found.
        """
        errors = []
        unset = [name for name in self.contract["required_env_vars"] if not self._environment.get(name)]
        if unset:
            errors.append(
                ScriptError(
                    "PC702",
                    f"required environment variables are not set: {', '.join(unset)}",
                    "set the step's config fields that provide them",
                )
            )
        for name, declared in self.contract["inputs"].items():
            path = self._place(declared["path"])
            if (declared["required"] or path.exists()) and not _has_content(path):
                errors.append(self._missing_input(name))
        defaults = self.contract["arguments"]
        missing = [
            f"--{name}"
            for name, default in defaults.items()
            if default is None and not self._arguments.get(name)
        ]
        # A training job passes every hyperparameter on the command line as well.
        unknown = [
            token
            for token in self._unknown_arguments + [f"--{name}" for name in self._arguments]
            if token[2:] not in defaults and self.contract["job_kind"] != "Training"
        ]
        for what, options in (("missing", missing), ("unknown", unknown)):
            if options:
                known = ", ".join(f"--{name}" for name in defaults) or "none"
                errors.append(
                    ScriptError("PC704", f"{what} arguments: {', '.join(options)}", f"known are: {known}")
                )
        raise_all(errors)

    @property
    def leads(self) -> bool:
        """Whether this process writes the results, of all processes that share the work of a job.

        SM_HOSTS and SM_CURRENT_HOST come from the training image; LOCAL_RANK from whoever starts several
        processes on one host.
        """
        if not self.contract.get("multi_host"):
            return True
        hosts = sorted(json.loads(self._environment.get("SM_HOSTS", "[]")))
        first = not hosts or self._environment.get("SM_CURRENT_HOST") == hosts[0]
        return first and self._environment.get("LOCAL_RANK", "0") == "0"

    def create_outputs(self) -> None:
        """Create the output folders, as the service does before it starts a program."""
        for name in self.contract["outputs"]:
            self.output_path(name).mkdir(parents=True, exist_ok=True)

    def check_outputs(self) -> None:
        """Check that every required output holds a file.

        Raises:
            ScriptError: (PC705) naming all that do not.
        """
        outputs = self.contract["outputs"]
        empty = [
            f"{name} ({declared['path']})"
            for name, declared in outputs.items()
            if declared["required"] and not _has_content(self.output_path(name))
        ]
        if empty:
            raise ScriptError(
                "PC705",
                f"{self.contract['entry_point']} wrote no file to: {', '.join(empty)}",
                "make the program write it, or the step would hand an empty folder to the next",
            )

    def check_folders(self) -> None:
        """Check that every output is still the folder that the service made, and will collect.

        Raises:
            ScriptError: (PC709) naming all that are not.
        """
        replaced = [name for name in self.contract["outputs"] if not self.output_path(name).is_dir()]
        if replaced:
            paths = [f"{name} ({self.contract['outputs'][name]['path']})" for name in replaced]
            raise ScriptError(
                "PC709",
                f"the output folder was removed or replaced by a file: {', '.join(paths)}",
                "write files inside the folder that runtime.output_path() gives",
            )

    def check_ports(self, side: str) -> None:
        """Check the step contract's clauses about the inputs or outputs; print those that only warn.

        Raises:
            ScriptError, CollectedError: (PC710, PC711) naming every clause that does not hold.
        """
        code, what = {"inputs": ("PC710", "input"), "outputs": ("PC711", "output")}[side]
        # The variables that name columns, with the contract's defaults for those that are unset.
        settings = {**self.contract["optional_env_vars"], **self._environment}
        found = []
        for name, clauses in self._quality(side).items():
            path = self._place(self.contract[side][name]["path"])
            if path.exists():
                violations = port_violations(clauses, path, settings)
                found += [(f"{what} '{name}' violates its contract: {each}", each) for each in violations]
        _judge(
            code,
            found,
            "correct the config that names the column, or mend the data; or the clause, if it asks too much",
        )

    def check_performance(self, meter: Meter) -> None:
        """Check what the run has cost; print what only warns.

        Raises:
            ScriptError: (PC712) naming the guarantee that was broken.
        """
        violations = meter.violations(self._quality("performance")) if self._quality("performance") else ()
        fix = "give the step a larger instance, less data, or a looser guarantee"
        _judge("PC712", [(str(each), each) for each in violations], fix)

    @contextmanager
    def stopped_after_guarantee(self) -> Iterator[None]:
        """Interrupt what takes longer than the contract allows, where its violation is a failure.

        Raises:
            ScriptError: (PC712) from wherever the program then is.
        """
        guarantees = self._quality("performance")
        seconds = guarantees.get("max_seconds")
        if seconds is None or guarantees["on_violation"] != "fail" or not hasattr(signal, "setitimer"):
            yield
            return

        def stop(*_: object) -> None:
            raise ScriptError(
                "PC712",
                f"performance max_seconds: still running after {seconds} s",
                "give the step a larger instance, less data, or a looser guarantee",
            )

        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:  # not while a failure is being written
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _quality(self, part: str) -> Mapping[str, Any]:
        quality: Mapping[str, Any] = self.contract.get("quality", {}).get(part, {})
        return quality

    def write_failure(self, text: str) -> None:
        """Leave the reason of a failure where the service shows it, cut to the length it keeps."""
        path = self._place(FAILURE_PATHS[self.contract["job_kind"]])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(shorten(text, FAILURE_BYTES).encode("utf-8"))

    def _place(self, path: str) -> Path:
        return Path(self._root + path)

    def _declared(self, kind: str, name: str) -> Any:
        declared = self.contract[kind]
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none"
            raise ScriptError(
                "PC706",
                f"{self.contract['entry_point']} asks for '{name}', which is not among its "
                f"contract's {kind}: {known}",
                "declare it in the script contract",
            )
        return declared[name]

    def _missing_input(self, name: str) -> ScriptError:
        path = self.contract["inputs"][name]["path"]
        found = "holds no file" if self._place(path).exists() else "does not exist"
        return ScriptError(
            "PC703",
            f"input '{name}' is missing: {path} {found}",
            "check that the step before wrote it, or that the source has files",
        )


def execute(main: Callable[[Runtime], None]) -> None:
    """Run a program under its contract: check, run, check again; explain any failure and exit 1.

    Reads `contract.json` beside the program, the environment and the command line.

    Raises:
        SystemExit: with status 1 after a failure, whose text is then also in the service's file.
    """
    meter = Meter()
    runtime = _load()
    # A hook rather than a broad `except`: whatever ends the program also explains itself.
    sys.excepthook = lambda kind, error, trace: _fail(runtime, kind, error, trace)
    runtime.check_start()
    runtime.check_ports("inputs")
    runtime.create_outputs()
    with runtime.stopped_after_guarantee():
        try:
            main(runtime)
        except SystemExit as ended:
            # A program that ends itself without a failure still owes what its contract promises.
            if ended.code not in (None, 0):
                raise
    runtime.check_folders()
    if runtime.leads:
        runtime.check_outputs()
        runtime.check_ports("outputs")
    runtime.check_performance(meter)


def _judge(code: str, found: Iterable[tuple[str, Violation]], fix: str) -> None:
    """The quality gate: raise what must fail, print what only warns."""
    errors = []
    for text, violation in found:
        if violation.on_violation == "fail":
            errors.append(ScriptError(code, text, fix))
        else:
            print(f"{code} warning: {text}", file=sys.stderr, flush=True)
    raise_all(errors)


def explain(error: BaseException) -> str:
    """The text of a failure: a coded error's own, or the exception and where it was raised."""
    if isinstance(error, (ScriptError, CollectedError)):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return (
        f"PC707 unexpected {type(error).__name__}: {error}{place}\n"
        "fix: see the traceback at the end of the step's log"
    )


def shorten(text: str, size: int) -> str:
    """The beginning of a text that fits into `size` bytes of UTF-8, marked with '...' where it was cut."""
    data = text.encode("utf-8", errors="replace")
    if len(data) <= size:
        return data.decode("utf-8")
    return data[: size - 3].decode("utf-8", errors="ignore") + "..."


def _load() -> Runtime:
    path = Path(sys.argv[0]).resolve().parent / "contract.json"
    try:
        contract = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.exit(
            f"PC701 cannot read the contract {path}: {error}\n"
            "fix: run the program through its pipeline, whose compiler writes contract.json"
        )
    return Runtime(contract, os.environ, sys.argv[1:], os.environ.get(ROOT_VARIABLE, "").rstrip("/"))


def _fail(
    runtime: Runtime, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    text = explain(error)
    sys.stdout.flush()
    traceback.print_exception(kind, error, trace)
    # Last in the log, because that is the part that is shown.
    print("\n" + text, file=sys.stderr, flush=True)
    runtime.write_failure(text)


def _parse(arguments: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Split `--name value` and `--name=value`; what is neither is returned as unknown."""
    values: dict[str, str] = {}
    unknown = []
    rest = list(arguments)
    while rest:
        token = rest.pop(0)
        name, equals, value = token.partition("=")
        if not name.startswith("--"):
            unknown.append(token)
        elif equals:
            values[name[2:]] = value
        else:
            values[name[2:]] = rest.pop(0) if rest and not rest[0].startswith("--") else ""
    return values, unknown


def _has_content(path: Path) -> bool:
    if path.is_file():
        return path.stat().st_size > 0
    return any(entry.is_file() for entry in path.rglob("*"))


def _bad_hyperparameters(message: str) -> ScriptError:
    return ScriptError("PC708", message, "pass a JSON object of strings, as the training service does")
