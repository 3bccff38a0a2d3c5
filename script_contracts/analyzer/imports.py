"""The imports of a module: all of them, wherever they stand, and whether the script can do without."""

from __future__ import annotations

import ast

from script_contracts.analyzer.facts import ImportUse, ScriptFacts
from script_contracts.analyzer.sources import Source

_FORGIVEN = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def collect_imports(facts: ScriptFacts, source: Source) -> None:
    """Add the imports of a module to the facts."""
    _visit(facts, source, source.tree, False)


def _visit(facts: ScriptFacts, source: Source, node: ast.AST, optional: bool) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            add_import(facts, source, node, alias.name, 0, optional)
    elif isinstance(node, ast.ImportFrom):
        add_import(facts, source, node, node.module or "", node.level, optional)
    elif isinstance(node, ast.Try) and _forgives(node):
        for statement in node.body:
            _visit(facts, source, statement, True)
        for other in (*node.handlers, *node.orelse, *node.finalbody):
            _visit(facts, source, other, optional or isinstance(other, ast.ExceptHandler))
        return
    elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        for statement in node.orelse:
            _visit(facts, source, statement, optional)
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            _visit(facts, source, child, optional)


def _forgives(node: ast.Try) -> bool:
    for handler in node.handlers:
        if handler.type is None:
            return True
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        if any(ast.unparse(each) in _FORGIVEN for each in types):
            return not any(isinstance(each, ast.Raise) for each in handler.body)
    return False


def add_import(
    facts: ScriptFacts, source: Source, node: ast.AST, module: str, level: int, optional: bool
) -> None:
    """Add one import; `module` is its dotted name."""
    in_package = source.package or "." in source.name
    facts.imports.append(ImportUse(module.split(".")[0], level, optional, in_package, source.span(node)))
