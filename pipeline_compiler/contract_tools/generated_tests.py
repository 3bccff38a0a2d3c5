"""Tests generated from a step's contract: its script is run on inputs that satisfy it and that break it.

@pytest.mark.parametrize("test", generate_contract_tests("TabularPreprocessing"), ids=str)
def test_contract(test: GeneratedTest) -> None:
    outcome = test.run()
    assert outcome.passed, outcome
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pipeline_compiler.contract_tools.folders import FolderMutation, folder_mutations
from pipeline_compiler.contract_tools.jobs import Job, run_jobs
from pipeline_compiler.contract_tools.mutations import TableMutation, table_mutations
from pipeline_compiler.contract_tools.outcomes import Expectation, Outcome, judge
from pipeline_compiler.contract_tools.preparation import prepared_inputs
from pipeline_compiler.contract_tools.subjects import Subject, subject_of
from pipeline_compiler.contract_tools.supplies import Supplies
from pipeline_compiler.contract_tools.tables import Table
from script_contracts.quality.contracts import DataContract, Format
from step_builders.core.step import StepDeclaration

Kind = Literal[
    "satisfied",
    "satisfied with options",
    "other format",
    "mutation",
    "missing",
    "empty",
    "unset",
    "not passed",
]


@dataclass(frozen=True)
class GeneratedTest:
    """One test of one clause.

    Attributes:
        kind: what is done to a job that would otherwise succeed.
        port: the input, environment variable or argument that it is done to.
        clause: the clause that the test breaks, or what it shows where it breaks none.
        expects: how the job must end.
        named: what the message of a failure must name.
        subject: the step under test.
        supplies: the satisfying inputs, which all tests of a step share.
    """

    kind: Kind
    clause: str
    expects: Expectation
    subject: Subject = field(repr=False)
    supplies: Supplies = field(repr=False)
    port: str = ""
    named: str = ""
    mutation: TableMutation | FolderMutation | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.subject.spec.name}: {self.clause}"

    def run(self) -> Outcome:
        """Run the step's script, and compare how it ends with what the contract says."""
        return run_tests([self])[0]


def generate_contract_tests(
    step: str | StepDeclaration,
    *,
    settings: Mapping[str, Any] | None = None,
    job_type: str | None = None,
    scripts: Path | Sequence[Path] = (),
    steps: Mapping[str, StepDeclaration] | None = None,
    inputs: Mapping[str, Path] | None = None,
    seed: int = 0,
) -> list[GeneratedTest]:
    """Every test that the contract of a step gives rise to. Nothing is run, read or written yet.

    Args:
        step, settings, job_type, scripts, steps: as for `subject_of`.
        inputs: input -> a folder with what cannot be made up, such as a pretrained model.
        seed: of the synthetic data.

    Raises:
        PipelineCompilerError: (PC137) where the step has no script, or settings are missing.
    """
    subject = subject_of(step, settings=settings, job_type=job_type, scripts=scripts, steps=steps)
    supplies = Supplies(subject, seed, given=inputs or {})
    tests = [GeneratedTest("satisfied", "satisfying inputs", "success", subject, supplies)]
    if supplies.optional:
        clause = "satisfying inputs, optional ones too"
        tests.append(GeneratedTest("satisfied with options", clause, "success", subject, supplies))
    for name in subject.contract.mounted_inputs:
        tests += _input_tests(supplies, name)
    for name in subject.contract.required_env_vars:
        clause = f"environment variable '{name}' not set"
        tests.append(GeneratedTest("unset", clause, "failure", subject, supplies, name, name))
    for name, default in subject.contract.expected_arguments.items():
        if default is None:
            clause = f"argument '{name}' not passed"
            tests.append(GeneratedTest("not passed", clause, "failure", subject, supplies, name, name))
    return tests


def _input_tests(supplies: Supplies, name: str) -> Iterable[GeneratedTest]:
    subject, where = supplies.subject, f"input '{name}'"
    if name in supplies.required:
        yield GeneratedTest("missing", f"{where} missing", "failure", subject, supplies, name, name)
    yield GeneratedTest("empty", f"{where} empty", "failure", subject, supplies, name)
    contract = subject.port("inputs", name)
    mutations: Iterable[TableMutation | FolderMutation] = ()
    if isinstance(contract, DataContract):
        mutations = table_mutations(contract)
        for other in contract.formats[1:]:
            change = TableMutation(f"as {other}", "", False, partial(_in_format, other))
            yield GeneratedTest(
                "other format", f"{where} as {other}", "success", subject, supplies, name, "", change
            )
    elif contract is not None:
        mutations = folder_mutations(contract)
    for each in mutations:
        expects: Expectation = "warning" if each.warns else "failure"
        clause = f"{where}: {each.clause}"
        yield GeneratedTest("mutation", clause, expects, subject, supplies, name, each.named, each)


def _in_format(file_format: Format, table: Table) -> Table:
    return replace(table, format=file_format)


def with_scripts(tests: Iterable[GeneratedTest], scripts: Path) -> list[GeneratedTest]:
    """The same tests on the same inputs, of another version of the script.

    Args:
        scripts: a folder with the programs and modules that differ.
    """
    return [
        replace(test, subject=replace(test.subject, scripts=(scripts, *test.subject.scripts)))
        for test in tests
    ]


def run_tests(tests: Sequence[GeneratedTest], workers: int | None = None) -> list[Outcome]:
    """Run tests side by side on this machine; their outcomes in order.

    Args:
        workers: how many jobs may run at once; by default, the number of CPUs.
    """
    with tempfile.TemporaryDirectory(prefix="contract-tests-") as scratch:
        folder = Path(scratch)
        inputs = prepared_inputs(tests, folder / "inputs")
        jobs = [
            Job(
                test.subject,
                mounted,
                withheld=test.port if test.kind == "unset" else None,
                silent=test.port if test.kind == "not passed" else None,
            )
            for test, mounted in zip(tests, inputs, strict=True)
        ]
        results = run_jobs(jobs, folder / "state", workers)
        return [
            judge(
                test.subject, test.clause, test.expects, test.named, result, folder / "outputs" / str(number)
            )
            for number, (test, result) in enumerate(zip(tests, results, strict=True))
        ]
