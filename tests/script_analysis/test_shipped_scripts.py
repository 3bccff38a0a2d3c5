"""The shipped scripts honour their contracts, provably: no finding, nothing unknown, in few steps."""

from __future__ import annotations

import ast

import pytest

from pipeline_compiler.resources import resource
from script_contracts import all_contracts
from script_contracts.analyzer import analyze_script
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.rendering import render_report

SCRIPTS = resource("scripts")


@pytest.mark.parametrize("name", all_contracts())
def test_script_honours_its_contract(name: str) -> None:
    contract = all_contracts()[name]
    report = analyze_script(SCRIPTS / contract.entry_point, contract)
    assert (report.findings, report.unknowns) == ((), ()), render_report(report)


@pytest.mark.parametrize("name", all_contracts())
def test_a_script_is_followed_in_few_steps(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes time is the number of steps; the analyzer gives up at twice as many as are allowed here."""
    contract, steps, original = all_contracts()[name], 0, Machine.step

    def counted(machine: Machine, frame: Frame, node: ast.AST) -> bool:
        nonlocal steps
        steps += 1
        return original(machine, frame, node)

    monkeypatch.setattr(Machine, "step", counted)
    analyze_script(SCRIPTS / contract.entry_point, contract)
    assert 0 < steps < 100_000


@pytest.mark.parametrize("name", all_contracts())
def test_facts_name_every_promised_path(name: str) -> None:
    contract = all_contracts()[name]
    report = analyze_script(SCRIPTS / contract.entry_point, contract)
    assert report.facts is not None
    used = {path.path.split(">")[0].lstrip("<") for path in report.facts.paths}
    promised = {f"input {name}" for name in contract.expected_input_paths}
    promised |= {f"output {name}" for name in contract.expected_output_paths}
    assert promised <= used
