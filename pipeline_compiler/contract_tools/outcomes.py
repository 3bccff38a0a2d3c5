"""How a tested job must end, and whether it did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline_compiler.contract_tools.jobs import output_folders
from pipeline_compiler.contract_tools.subjects import Subject
from pipeline_compiler.contract_tools.verification import violations
from pipeline_compiler.local import Status, StepResult
from script_contracts.core.contract import TrainingScriptContract

Expectation = Literal["success", "failure", "warning"]
_CODE = re.compile(r"\bPC7\d\d\b")
_UNEXPECTED = "PC707"  # the runtime's word for a crash: a failure that nobody thought of


@dataclass(frozen=True)
class Outcome:
    """How one generated test went.

    Attributes:
        clause: the clause that the test is about.
        expected: how the job had to end.
        passed: whether it did.
        observed: how it ended, with its message or the broken promises.
        code: the code of its message; empty where it has none.
        seconds: how long the job took.
    """

    clause: str
    expected: Expectation
    passed: bool
    observed: str
    code: str
    seconds: float

    def __str__(self) -> str:
        verdict = "passed" if self.passed else "FAILED"
        return f"{verdict}: {self.clause}: expected {self.expected}, observed {self.observed}"

    def as_dict(self) -> dict[str, Any]:
        """The outcome as JSON-ready data."""
        return {
            "clause": self.clause,
            "expected": self.expected,
            "passed": self.passed,
            "observed": self.observed,
            "code": self.code,
            "seconds": round(self.seconds, 3),
        }


def judge(
    subject: Subject, clause: str, expected: Expectation, named: str, result: StepResult, scratch: Path
) -> Outcome:
    """Compare a job's result with what was expected of it.

    Args:
        named: what a failure's or warning's message must name.
        scratch: a folder for unpacked outputs.
    """
    failed = result.status is not Status.SUCCEEDED
    # What counts is that the program itself ends and says why: in the service, nobody says it for it.
    refused = bool(result.exit_status)
    text = result.message if failed else _log(result)
    codes = _CODE.findall(text)
    code = codes[0] if codes else ""
    if expected == "success":
        passed, observed = _success(subject, result, scratch)
    elif expected == "failure":
        passed = refused and bool(code) and code != _UNEXPECTED and named in text
        observed = _shown(_text(result)) if failed else "success"
    else:
        passed = not failed and bool(code) and named in text
        observed = (
            _shown(_text(result) if failed else text) if failed or code else "success without a warning"
        )
    return Outcome(clause, expected, passed, observed, code, result.seconds)


def _success(subject: Subject, result: StepResult, scratch: Path) -> tuple[bool, str]:
    if result.status is not Status.SUCCEEDED:
        return False, _shown(_text(result))
    promised = {name: subject.port("outputs", name) for name in subject.contract.quality.outputs}
    contracts = {name: each for name, each in promised.items() if each is not None}
    broken = [*violations(contracts, output_folders(subject, result, scratch)), *_unlogged(subject, result)]
    return not broken, "; ".join(broken) or "success"


def _unlogged(subject: Subject, result: StepResult) -> Iterator[str]:
    """Whether the log has none of the metrics; which of them it has may depend on the settings."""
    contract = subject.contract
    promised = contract.metric_definitions if isinstance(contract, TrainingScriptContract) else {}
    if promised and not result.properties["FinalMetricDataList"]:
        yield f"metric definitions: the log has none of {', '.join(promised)}"


def _text(result: StepResult) -> str:
    """The message that the job left, or else what the runner says of its end."""
    return result.message or "\n".join(str(each) for each in result.diagnostics)


def _log(result: StepResult) -> str:
    return result.log.read_text(encoding="utf-8", errors="replace") if result.log else ""


def _shown(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    coded = [line for line in lines if _CODE.search(line)]
    return (coded or lines or ["a failure without a message"])[0].strip()
