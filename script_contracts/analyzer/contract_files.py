"""Contracts of foreign scripts, from JSON or YAML data with the fields of `ScriptContract`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from script_contracts.core.analysis_rules import BAD_CONTRACT_FILE
from script_contracts.core.contract import ScriptContract, TrainingScriptContract
from script_contracts.core.diagnostics import PipelineCompilerError, Place
from script_contracts.core.suggestions import did_you_mean

_KINDS: Mapping[str, type[ScriptContract]] = {
    "processing": ScriptContract,
    "training": TrainingScriptContract,
}
_CLASSES = {"ScriptContract": "processing", "TrainingScriptContract": "training"}
# What a step promises about behaviour and quality is none of the analyzer's business.
_READ = frozenset(ScriptContract.model_fields) - {"quality"}
_TUPLES = ("required_env_vars", "bundle_files")


def contracts_from(data: object, file: str) -> list[ScriptContract]:
    """One contract, a list of contracts, or a mapping from entry points to contracts.

    Raises:
        PipelineCompilerError: (PC615) the data are none of these; (PC1xx) a contract that cannot be kept.
    """
    if isinstance(data, Mapping) and "entry_point" in data:
        entries: list[object] = [data]
    elif isinstance(data, Mapping):
        entries = [_named(name, fields, file) for name, fields in data.items()]
    elif isinstance(data, list):
        entries = list(data)
    else:
        entries = []
    if not entries:
        raise _bad(file, f"it holds {type(data).__name__}, not contracts")
    contracts = [contract_from(entry, file) for entry in entries]
    names = [each.entry_point for each in contracts]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise _bad(file, f"more than one contract for {', '.join(sorted(twice))}")
    return contracts


def contract_from(fields: object, file: str) -> ScriptContract:
    """One contract from its fields; `kind` is processing (if absent) or training.

    Raises:
        PipelineCompilerError: (PC615) it is no mapping or has an unknown kind; (PC1xx) its fields are wrong.
    """
    if not isinstance(fields, Mapping):
        raise _bad(file, f"a contract is {fields!r}, not a mapping of fields")
    given: dict[str, Any] = {str(name): value for name, value in fields.items()}
    kind = given.pop("kind", "processing")
    if kind not in _KINDS:
        raise _bad(file, f"kind is {kind!r}", fix=did_you_mean(str(kind), _KINDS, what="kinds"))
    given.setdefault("description", f"The contract of {given.get('entry_point')}.")
    for name in _TUPLES:
        if isinstance(given.get(name), list):
            given[name] = tuple(given[name])
    return _KINDS[kind](**given)


def _named(name: object, fields: object, file: str) -> object:
    if not isinstance(fields, Mapping):
        raise _bad(file, f"'{name}' is {fields!r}, not a mapping of fields")
    return {"entry_point": name, **fields}


def _bad(file: str, what: str, fix: str = "") -> PipelineCompilerError:
    remedy = fix or "write one contract, a list, or a mapping from entry points to contracts"
    return PipelineCompilerError(
        BAD_CONTRACT_FILE.error(f"{file} cannot be used: {what}", fix=remedy, place=Place(file))
    )


def contracts_from_module(text: str, file: str) -> list[ScriptContract]:
    """The contracts that a Python module declares with literal values. The module is not imported.

    Raises:
        PipelineCompilerError: (PC615) it is not Python, declares none, or a field is no literal; (PC1xx) a
            contract that cannot be kept.
    """
    try:
        tree = ast.parse(text, filename=file)
    except SyntaxError as error:
        raise _bad(file, f"it is not Python: {error.msg} (line {error.lineno})") from None
    entries = []
    for node in ast.walk(tree):
        kind = ast.unparse(node.func).split(".")[-1] if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and kind in _CLASSES:
            fields = {each.arg: _literal(each, file) for each in node.keywords if each.arg in _READ}
            entries.append({**fields, "kind": _CLASSES[kind]})
    if not entries:
        raise _bad(file, "it declares no ScriptContract", fix="declare NAME = ScriptContract(...) in it")
    return contracts_from(entries, file)


def _literal(keyword: ast.keyword, file: str) -> object:
    try:
        return ast.literal_eval(keyword.value)
    except ValueError:
        raise _bad(
            file,
            f"line {keyword.lineno}: {keyword.arg} is not a literal",
            fix="write the value out: contract modules are read, not imported",
        ) from None
