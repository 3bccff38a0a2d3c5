"""Shipped scripts and contracts, broken one promise at a time: every break is found, by its code."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline_compiler.resources import resource
from script_contracts import ScriptContract, all_contracts
from script_contracts.analyzer import analyze_script, extract_facts
from script_contracts.analyzer.distributions import providers
from script_contracts.analyzer.facts import PortUse
from tests.quick import first_of_each

SCRIPTS = resource("scripts")
# What a script's text may say instead of asking the runtime, and what is then wrong.
REPLACEMENTS = {
    "inputs": ('__import__("pathlib").Path("/tmp/elsewhere")', "PC602"),
    "outputs": ('__import__("pathlib").Path("/tmp/elsewhere")', "PC603"),
    "variables": ('str("constant")', "PC604"),
    "arguments": ('str("constant")', "PC608"),
}


@dataclass(frozen=True)
class Mutant:
    """A change of the contract's fields, or of the text of one module, and the code that must be found."""

    id: str
    contract: ScriptContract
    code: str
    module: str = ""
    line: int = 0
    old: str = ""
    new: str = ""

    def text(self, original: str) -> str:
        lines = original.splitlines(keepends=True)
        assert self.old in lines[self.line - 1]
        lines[self.line - 1] = lines[self.line - 1].replace(self.old, self.new)
        return "".join(lines)


def changed(contract: ScriptContract, **fields: object) -> ScriptContract:
    values = {name: getattr(contract, name) for name in type(contract).model_fields if name != "quality"}
    return type(contract)(**{**values, **fields})


def without(mapping: Mapping[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in mapping.items() if key != name}


def renamed(mapping: Mapping[str, object], name: str) -> dict[str, object]:
    return {(f"{key}_v2" if key == name else key): value for key, value in mapping.items()}


def contract_mutants(name: str, contract: ScriptContract) -> Iterator[Mutant]:
    for field, code in (
        ("expected_input_paths", "PC602"),
        ("expected_output_paths", "PC603"),
        ("expected_arguments", "PC608"),
        ("optional_env_vars", ""),
    ):
        entries = getattr(contract, field)
        for entry in entries:
            change = changed(contract, **{field: without(entries, entry)})
            yield Mutant(f"{name}-{field}-{entry}-removed", change, "PC614")
            if code and entry != "hyperparameters":
                change = changed(contract, **{field: renamed(entries, entry)})
                yield Mutant(f"{name}-{field}-{entry}-renamed", change, code)
    for variable in contract.required_env_vars:
        rest = tuple(each for each in contract.required_env_vars if each != variable)
        yield Mutant(f"{name}-{variable}-undeclared", changed(contract, required_env_vars=rest), "PC614")
    added = (*contract.required_env_vars, "NEVER_READ")
    yield Mutant(f"{name}-variable-added", changed(contract, required_env_vars=added), "PC604")
    arguments = {**contract.expected_arguments, "never_taken": None}
    yield Mutant(f"{name}-argument-added", changed(contract, expected_arguments=arguments), "PC608")
    facts = extract_facts(SCRIPTS / contract.entry_point)
    imported = {providers(each.module)[0] for each in facts.imports if not each.optional}
    for library in contract.framework_requirements:
        if library in imported:
            rest_of = without(contract.framework_requirements, library)
            change = changed(contract, framework_requirements=rest_of)
            yield Mutant(f"{name}-{library}-undeclared", change, "PC611")


def port_mutants(name: str, contract: ScriptContract) -> Iterator[Mutant]:
    """Where a port is asked for once only, the script stops asking for it."""
    report = analyze_script(SCRIPTS / contract.entry_point, contract)
    assert report.facts is not None
    by_port: dict[tuple[str, str], list[PortUse]] = {}
    for port in report.facts.ports:
        by_port.setdefault((port.kind, port.name), []).append(port)
    for (kind, port_name), uses in by_port.items():
        new, code = REPLACEMENTS[kind]
        if port_name in contract.optional_env_vars or port_name == "hyperparameters":
            continue
        span = uses[0].span
        if len(uses) > 1 or f'"{port_name}"' not in span.expression:
            continue  # asked for in several places, or by a name that is computed
        yield Mutant(
            f"{name}-{port_name}-not-asked-for", contract, code, span.file, span.line, span.expression, new
        )
        wrong = span.expression.replace(f'"{port_name}"', f'"{port_name}x"')
        yield Mutant(
            f"{name}-{port_name}-misspelt", contract, "PC614", span.file, span.line, span.expression, wrong
        )


def text_mutants(name: str, contract: ScriptContract) -> Iterator[Mutant]:
    """Lines that people add to a program's main()."""
    entry = SCRIPTS / contract.entry_point
    lines = entry.read_text(encoding="utf-8").splitlines()
    number = next(i for i, line in enumerate(lines, 1) if re.match(r"def main\(", line))
    docstring = next(i for i, line in enumerate(lines[number:], number + 1) if line.rstrip().endswith('"""'))
    line = lines[docstring - 1]
    additions = {
        "new-variable": ('__import__("os").environ["BATCH_SIZE"]', "PC606"),
        "new-library": ("import tensorflow", "PC611"),
        "relative-import": ("from . import model_files", "PC612"),
        "pip": ('__import__("os").system("pip install pandas")', "PC613"),
        "foreign-read": ('open("/opt/ml/processing/extra/data.csv").read()', "PC605"),
        "lost-write": ('open("/opt/ml/lost.txt", "w").write("")', "PC605"),
    }
    for what, (statement, code) in additions.items():
        yield Mutant(
            f"{name}-{what}", contract, code, str(entry), docstring, line, f"{line}\n    {statement}"
        )
    for output, path in contract.expected_output_paths.items():
        statement = f'open("{path}", "w").write("")'
        yield Mutant(
            f"{name}-{output}-as-file",
            contract,
            "PC609",
            str(entry),
            docstring,
            line,
            f"{line}\n    {statement}",
        )


MUTANTS = [
    mutant
    for name, contract in all_contracts().items()
    for make in (contract_mutants, port_mutants, text_mutants)
    for mutant in make(name, contract)
]


def survives(mutant: Mutant, folder: Path) -> bool:
    script = SCRIPTS / mutant.contract.entry_point
    if mutant.module:
        for path in SCRIPTS.glob("*.py"):
            shutil.copy(path, folder / path.name)
        broken = folder / Path(mutant.module).name
        broken.write_text(mutant.text(broken.read_text(encoding="utf-8")), encoding="utf-8")
        script = folder / mutant.contract.entry_point
    report = analyze_script(script, mutant.contract)
    return report.is_compliant or mutant.code not in report.codes


def test_there_are_many_mutants_of_every_kind() -> None:
    assert len(MUTANTS) >= 100
    assert {mutant.code for mutant in MUTANTS} >= {
        f"PC6{n:02}" for n in (2, 3, 4, 5, 6, 8, 9, 11, 12, 13, 14)
    }


def kind(mutant: Mutant) -> tuple[object, ...]:
    """What is done, to contract or script, and what must be found."""
    return (mutant.id.rpartition("-")[2], bool(mutant.module), mutant.code)


@pytest.mark.parametrize("mutant", first_of_each(MUTANTS, kind), ids=lambda mutant: mutant.id)
def test_mutant_is_found(mutant: Mutant, tmp_path: Path) -> None:
    assert not survives(mutant, tmp_path)
