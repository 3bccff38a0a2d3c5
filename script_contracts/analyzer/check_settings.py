"""Environment variables, arguments and runtime names against the contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from script_contracts.analyzer.facts import ArgumentDeclared, ScriptFacts, Span
from script_contracts.analyzer.findings import Finding, at
from script_contracts.analyzer.values import words
from script_contracts.core.analysis_rules import (
    ARGUMENT_NOT_ACCEPTED,
    ARGUMENT_NOT_PASSED,
    DEFAULT_DIFFERS,
    UNKNOWN_PORT,
    USE_UNKNOWN,
    VARIABLE_NEVER_READ,
    VARIABLE_NOT_DECLARED,
)
from script_contracts.core.contract import JobKind, ScriptContract
from script_contracts.core.suggestions import closest, did_you_mean

# Set by the service, the image or the system rather than by a pipeline.
_PROVIDED_PREFIXES = (
    *("AWS_", "SAGEMAKER_", "TRAINING_JOB_", "PROCESSING_JOB_", "ECS_CONTAINER_"),
    *("PYTHON", "CUDA_", "NVIDIA_", "NCCL_", "OMP_", "MKL_", "OPENBLAS_", "NUMEXPR_", "TF_", "XLA_"),
    *("HF_", "TRANSFORMERS_", "TOKENIZERS_", "TORCH_", "MPI_", "OMPI_", "DMLC_", "LC_", "CONDA_", "SPARK_"),
)
_PROVIDED = words(
    "PATH HOME USER LOGNAME SHELL PWD LANG TERM TZ TMPDIR TEMP HOSTNAME LD_LIBRARY_PATH VIRTUAL_ENV "
    "JAVA_HOME RANK WORLD_SIZE LOCAL_RANK LOCAL_WORLD_SIZE NODE_RANK MASTER_ADDR MASTER_PORT NO_PROXY "
    "HTTP_PROXY HTTPS_PROXY DISPLAY MPLBACKEND MPLCONFIGDIR PIPELINE_CONTAINER_ROOT"
)


def is_provided(name: str, contract: ScriptContract) -> bool:
    """Whether a variable is set by the service or the system, so that no contract declares it."""
    if name.startswith("SM_"):
        return contract.job_kind is JobKind.TRAINING
    return name in _PROVIDED or name.startswith(_PROVIDED_PREFIXES)


def check_variables(facts: ScriptFacts, contract: ScriptContract) -> Iterator[Finding]:
    """Variables that are read but not declared, or required but not read."""
    declared = {*contract.required_env_vars, *contract.optional_env_vars}
    reported = set()
    for read in facts.variables:
        if read.name in declared:
            yield from _default(read.name, read.default, read.required, contract, read.span)
            continue
        if read.name in reported or is_provided(read.name, contract):
            continue
        reported.add(read.name)
        near = closest(read.name, declared)
        effect = "the script fails without it" if read.required else "it always takes its default"
        fix = f"did you mean '{near}'? " if near else ""
        hint = ": processing jobs have no SM_* variables" if read.name.startswith("SM_") else ""
        yield Finding(
            VARIABLE_NOT_DECLARED.error(
                f"'{read.name}' is read but not declared{hint}; {effect}",
                fix=f"{fix}declare it in the contract's environment variables, or use a constant",
                place=at(read.span),
            ),
            read.span,
        )
    asked = {read.name for read in facts.variables} | {p.name for p in facts.ports if p.kind == "variables"}
    for name in contract.required_env_vars:
        if name not in asked:
            yield _never_read(name, facts)


def _default(
    name: str, default: str | None, required: bool, contract: ScriptContract, span: Span
) -> Iterator[Finding]:
    stated = contract.optional_env_vars.get(name)
    if required or stated is None or default is None or default == stated:
        return
    yield Finding(
        DEFAULT_DIFFERS.warning(
            f"'{name}' is '{default}' in the script when unset, but '{stated}' in the contract",
            fix="state the same default in both",
            place=at(span),
        ),
        span,
    )


def _never_read(name: str, facts: ScriptFacts) -> Finding:
    reasons = [
        f"line {each.span.line}: {each.reason}"
        for each in facts.unresolved
        if each.kind in ("variable", "port", "code")
    ]
    if reasons:
        return Finding(
            USE_UNKNOWN.warning(
                f"whether the required variable '{name}' is read cannot be known",
                fix="read it by a name that can be followed",
                place=at(None, facts.file),
                details=reasons[:3],
            ),
            None,
        )
    return Finding(
        VARIABLE_NEVER_READ.error(
            f"the required variable '{name}' is never read",
            fix=f"read it, or take '{name}' off required_env_vars",
            place=at(None, facts.file),
        ),
        None,
    )


def check_ports(facts: ScriptFacts, contract: ScriptContract) -> Iterator[Finding]:
    """Names that the script asks of the runtime and that the contract does not have."""
    known: dict[str, Iterable[str]] = {
        "inputs": contract.expected_input_paths,
        "outputs": contract.expected_output_paths,
        "variables": {*contract.required_env_vars, *contract.optional_env_vars},
        "arguments": contract.expected_arguments,
    }
    reported = set()
    for port in facts.ports:
        if port.name in known[port.kind] or (port.kind, port.name) in reported:
            continue
        reported.add((port.kind, port.name))
        yield Finding(
            UNKNOWN_PORT.error(
                f"'{port.name}' is not among the contract's {port.kind}",
                fix=did_you_mean(port.name, known[port.kind], what=port.kind),
                place=at(port.span),
            ),
            port.span,
        )


def check_arguments(facts: ScriptFacts, contract: ScriptContract) -> Iterator[Finding]:
    """Arguments that the script requires and nobody passes, or that are passed and not accepted."""
    passed = contract.expected_arguments
    for declared in facts.arguments:
        if declared.required and not _is_passed(declared, passed):
            yield _not_passed(declared, passed)
    accepted = {name.lstrip("-") for each in facts.arguments if not each.positional for name in each.names}
    accepted |= {port.name for port in facts.ports if port.kind == "arguments"}
    for name in passed:
        if name in accepted:
            continue
        finding = _not_accepted(name, accepted, facts)
        if finding:
            yield finding


def _is_passed(declared: ArgumentDeclared, passed: Iterable[str]) -> bool:
    return not declared.positional and any(f"--{name}" in declared.names for name in passed)


def _not_passed(declared: ArgumentDeclared, passed: Iterable[str]) -> Finding:
    shown = declared.names[-1]
    near = closest(shown.lstrip("-"), passed)
    if declared.positional:
        fix = "make it an option: a step passes '--name value' only"
    elif near:
        fix = f"the contract passes '--{near}': accept that name"
    else:
        fix = f"declare '{shown.lstrip('-')}' in expected_arguments, or give it a default"
    what = "positional argument" if declared.positional else "argument"
    return Finding(
        ARGUMENT_NOT_PASSED.error(
            f"the script requires the {what} '{shown}', which its contract does not pass",
            fix=fix,
            place=at(declared.span),
        ),
        declared.span,
    )


def _not_accepted(name: str, accepted: Iterable[str], facts: ScriptFacts) -> Finding | None:
    if facts.parses_arguments and facts.accepts_unknown_arguments:
        return None
    reasons = [
        f"line {each.span.line}: {each.reason}"
        for each in facts.unresolved
        if each.kind in ("argument", "port", "code")
    ]
    if reasons or not (facts.parses_arguments or facts.executes_runtime):
        if not reasons and not facts.reads_argv:
            return None  # a script that never looks at its arguments gets by with any
        return Finding(
            USE_UNKNOWN.warning(
                f"whether the argument '--{name}' is accepted cannot be known",
                fix="declare it with argparse, or use runtime.argument()",
                place=at(None, facts.file),
                details=(reasons or ["the script reads sys.argv itself"])[:3],
            ),
            None,
        )
    near = closest(name, accepted)
    hint = f"; it accepts '--{near}'" if near else ""
    return Finding(
        ARGUMENT_NOT_ACCEPTED.error(
            f"the contract passes '--{name}', which the script does not accept{hint}",
            fix=f"accept '--{name}', or take it off expected_arguments",
            place=at(None, facts.file),
        ),
        None,
    )
