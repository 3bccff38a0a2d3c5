"""Documentation of one step's contract, in Markdown, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline_compiler.contract_tools.wording import clauses, code, config_clauses, performance_clauses
from pipeline_deps.specification import StepSpecification
from script_contracts.core.contract import ScriptContract
from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.quality.contracts import PortContract
from script_contracts.quality.rules import NOT_TESTABLE


def contract_page(spec: StepSpecification) -> str:
    """What a step requires and promises, in Markdown.

    Raises:
        PipelineCompilerError: (PC137) for a step that runs no script and so has no contract.
    """
    contract = spec.script_contract
    if contract is None:
        raise PipelineCompilerError(
            NOT_TESTABLE.error(
                f"{spec.step_type} runs no script, and so has no contract",
                fix="ask for a step that runs one",
            )
        )
    return "\n".join(_page(spec, contract))


def _page(spec: StepSpecification, contract: ScriptContract) -> Iterator[str]:
    quality = contract.quality
    yield f"# {spec.step_type}, contract {quality.version}\n"
    yield f"{spec.summary} {contract.description}\n"
    if contract.in_image:
        local = f"{code(contract.entry_point)} takes its place" if contract.entry_point else "nothing does"
        yield f"Runs {contract.program}, in an image of its own; on this machine {local}.\n"
    if quality.backward_compatible_with:
        yield f"Compatible with {', '.join(quality.backward_compatible_with)}.\n"
    optional = {each.logical_name for each in spec.dependencies if not each.required}
    yield "## Requires\n"
    for name, path in contract.expected_input_paths.items():
        needed = "optional" if name in optional else "required"
        yield from _port(name, f"{needed}, at {code(path)}", quality.inputs.get(name))
    yield from _settings(contract)
    yield "## Promises\n"
    for name, path in contract.expected_output_paths.items():
        yield from _port(name, f"at {code(path)}", quality.outputs.get(name))
    costs = tuple(performance_clauses(quality.performance))
    if costs:
        yield "## Cost\n"
        yield from _list(costs)
    variables = [name for name in _names(contract) if name.startswith("$")]
    if variables:
        listed = ", ".join(code(name) for name in dict.fromkeys(variables))
        yield (
            f"{listed}: the column that this environment variable names. "
            "Where it is not set, the clause does not apply.\n"
        )


def _port(name: str, about: str, contract: PortContract | None) -> Iterator[str]:
    yield f"### {name}\n"
    yield f"{about[0].upper()}{about[1:]}.\n"
    if contract is not None:
        yield from _list(clauses(contract))
    else:
        yield "Nothing is said about what is in it.\n"


def _settings(contract: ScriptContract) -> Iterator[str]:
    lines = [f"environment variable {code(name)}, required" for name in contract.required_env_vars]
    for name, default in contract.optional_env_vars.items():
        lines.append(
            f"environment variable {code(name)}" + (f", {code(default)} if unset" if default else "")
        )
    for name, value in contract.expected_arguments.items():
        lines.append(
            f"argument {code('--' + name)}, " + ("required" if value is None else f"{code(value)} if unset")
        )
    lines += config_clauses(contract.quality.config)
    lines += [f"library {code(f'{name} {v}')}" for name, v in contract.framework_requirements.items()]
    if lines:
        yield "### Settings and libraries\n"
        yield from _list(lines)


def _list(lines: Iterable[str]) -> Iterator[str]:
    yield "".join(f"- {line}\n" for line in lines)


def _names(contract: ScriptContract) -> Iterator[str]:
    for port in (*contract.quality.inputs.values(), *contract.quality.outputs.values()):
        for column in getattr(port, "columns", ()):
            yield column.name
        for check in getattr(port, "checks", ()):
            yield getattr(check, "column", "")
