"""Paths: what the contract promises against what the script reads and writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from script_contracts.analyzer.facts import Direction, ScriptFacts, Span
from script_contracts.analyzer.findings import Finding, at
from script_contracts.analyzer.mounts import Located, Port, is_free, locate, ports, service_files
from script_contracts.core.analysis_rules import (
    INPUT_NEVER_READ,
    INPUT_READ_AS_FILE,
    OUTPUT_NEVER_WRITTEN,
    OUTPUT_WRITTEN_AS_FILE,
    PATH_NOT_PROMISED,
    USE_UNKNOWN,
)
from script_contracts.core.contract import ScriptContract
from script_contracts.core.suggestions import closest

_VERBS = {Direction.READ: "reads", Direction.LIST: "lists", Direction.WRITE: "writes"}
_HYPERPARAMETERS = "/opt/ml/input/config/hyperparameters.json"


def check_paths(facts: ScriptFacts, contract: ScriptContract) -> Iterator[Finding]:
    """Findings about paths."""
    located = list(locate(facts, contract))
    yield from _not_promised(located, contract)
    yield from _directories_as_files(located)
    for port in ports(contract):
        finding = _unused(port, located, facts, contract)
        if finding:
            yield finding


def _not_promised(located: Iterable[Located], contract: ScriptContract) -> Iterator[Finding]:
    promised = {port.path: port for port in ports(contract)}
    reported = set()
    for each in located:
        if each.path is None or each.certain or each.possible or is_free(each.path, contract):
            continue
        if each.path in reported:
            continue
        reported.add(each.path)
        verb = _VERBS.get(each.use.direction, "uses")
        shown = each.path if each.use.complete else f"{each.path}..."
        near = closest(each.path, promised)
        fix = "declare it in the contract, or use a path that is promised"
        if near:
            port = promised[near]
            kind = "output" if port.output else "input"
            fix = f"did you mean '{near}', the {kind} '{port.name}'? Else declare it in the contract"
        yield Finding(
            PATH_NOT_PROMISED.error(
                f"the script {verb} '{shown}', which its contract does not promise",
                fix=fix,
                place=at(each.use.span),
            ),
            each.use.span,
        )


def _directories_as_files(located: Iterable[Located]) -> Iterator[Finding]:
    reported = set()
    for each in located:
        if not each.use.as_file or not each.use.complete or each.path is None:
            continue
        for port in each.certain:
            writes = each.use.direction is Direction.WRITE
            if each.path.rstrip("/") != port.path.rstrip("/") or port.is_file or (port, writes) in reported:
                continue
            reported.add((port, writes))
            rule = OUTPUT_WRITTEN_AS_FILE if writes else INPUT_READ_AS_FILE
            verb = "written" if writes else "opened"
            yield Finding(
                rule.error(
                    f"'{port.path}' is {verb} as a file, but it is the directory of "
                    f"{'output' if port.output else 'input'} '{port.name}'",
                    fix=f"use a file inside it, such as '{port.path}/data.csv'",
                    place=at(each.use.span),
                ),
                each.use.span,
            )


def _unused(
    port: Port, located: Iterable[Located], facts: ScriptFacts, contract: ScriptContract
) -> Finding | None:
    wanted = Direction.WRITE if port.output else Direction.READ
    fitting = (wanted, Direction.UNKNOWN)
    if any(port in each.certain and each.use.direction in fitting for each in located):
        return None
    if port.path == _HYPERPARAMETERS and service_files(contract) and _takes_hyperparameters(facts):
        return None
    reasons = [
        f"line {each.use.span.line}: {each.use.reason}"
        for each in located
        if port in each.possible and each.use.direction in fitting
    ]
    reasons += [
        f"line {each.span.line}: {each.reason}"
        for each in facts.unresolved
        if each.kind in ("path", "port", "code") and each.direction in fitting
    ]
    kind, done = ("output", "written") if port.output else ("input", "read")
    if reasons:
        return Finding(
            USE_UNKNOWN.warning(
                f"whether {kind} '{port.name}' ({port.path}) is {done} cannot be known",
                fix=f"use its path in a way that can be followed, or runtime.{kind}_path('{port.name}')",
                place=at(None, facts.file),
                details=reasons[:3],
            ),
            None,
        )
    listed = any(port in each.certain and each.use.direction is Direction.LIST for each in located)
    only = ": only its file names are" if listed and not port.output else ""
    rule = OUTPUT_NEVER_WRITTEN if port.output else INPUT_NEVER_READ
    verb = "write a file below it" if port.output else "read it"
    mention = _mention(port, located)
    return Finding(
        rule.error(
            f"{kind} '{port.name}' ({port.path}) is never {done}{only}",
            fix=f"{verb}, or take '{port.name}' off the contract",
            place=at(mention, facts.file),
            details=_instead(located, fitting),
        ),
        mention,
    )


def _takes_hyperparameters(facts: ScriptFacts) -> bool:
    """The training toolkit also passes hyperparameters as arguments and as variables."""
    names = {each.name for each in facts.variables}
    return facts.parses_arguments or any(
        name in ("SM_HPS", "SM_TRAINING_ENV", "SM_USER_ARGS") or name.startswith("SM_HP_") for name in names
    )


def _mention(port: Port, located: Iterable[Located]) -> Span | None:
    """Where the port is used the other way round, if it is."""
    return next((each.use.span for each in located if port in each.certain), None)


def _instead(located: Iterable[Located], fitting: tuple[Direction, ...]) -> list[str]:
    verb = "writes" if Direction.WRITE in fitting else "reads"
    found = [each.path for each in located if each.path and each.use.direction in fitting]
    paths = list(dict.fromkeys(found))[:4]
    return [f"the script {verb}: {', '.join(paths)}"] if paths else []
