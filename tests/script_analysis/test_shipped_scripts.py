"""The shipped scripts honour their contracts, provably: no finding, nothing unknown, in no time."""

from __future__ import annotations

import time

import pytest

from pipeline_compiler.resources import resource
from script_contracts import all_contracts
from script_contracts.analyzer import analyze_script
from script_contracts.analyzer.rendering import render_report

SCRIPTS = resource("scripts")


@pytest.mark.parametrize("name", all_contracts())
def test_script_honours_its_contract(name: str) -> None:
    contract = all_contracts()[name]
    report = analyze_script(SCRIPTS / contract.entry_point, contract)
    assert (report.findings, report.unknowns) == ((), ()), render_report(report)


def test_all_scripts_in_well_under_a_second() -> None:
    started = time.process_time()
    for contract in all_contracts().values():
        analyze_script(SCRIPTS / contract.entry_point, contract)
    assert time.process_time() - started < 0.9


@pytest.mark.parametrize("name", all_contracts())
def test_facts_name_every_promised_path(name: str) -> None:
    contract = all_contracts()[name]
    report = analyze_script(SCRIPTS / contract.entry_point, contract)
    assert report.facts is not None
    used = {path.path.split(">")[0].lstrip("<") for path in report.facts.paths}
    promised = {f"input {name}" for name in contract.expected_input_paths}
    promised |= {f"output {name}" for name in contract.expected_output_paths}
    assert promised <= used
