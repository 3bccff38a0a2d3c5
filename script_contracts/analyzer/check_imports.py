"""Imports against the libraries that the contract declares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from script_contracts.analyzer.distributions import normalized, providers
from script_contracts.analyzer.facts import ScriptFacts
from script_contracts.analyzer.findings import Finding, at
from script_contracts.analyzer.sources import find_module
from script_contracts.core.analysis_rules import (
    IMPORT_NOT_DECLARED,
    INSTALLS_AT_RUN_TIME,
    RELATIVE_IMPORT,
)
from script_contracts.core.contract import ScriptContract

# Removed from the standard library of newer Pythons than some images have.
_FORMERLY_STANDARD = frozenset({"distutils", "imp", "asynchat", "asyncore", "smtpd"})
_RUNTIME = "contract_runtime"


def check_imports(facts: ScriptFacts, contract: ScriptContract, siblings: Path) -> Iterator[Finding]:
    """Imports of undeclared libraries, relative imports, and packages installed at run time."""
    declared = {normalized(name) for name in contract.framework_requirements}
    reported = set()
    for each in facts.imports:
        if each.level:
            if not each.in_package:
                yield Finding(
                    RELATIVE_IMPORT.error(
                        f"'{each.span.expression}' is relative, but the script is not part of a package",
                        fix="import the module by its own name: it lies beside the script",
                        place=at(each.span),
                    ),
                    each.span,
                )
            continue
        if each.optional or each.module in reported or _available(each.module, declared, siblings):
            continue
        reported.add(each.module)
        provider = providers(each.module)[0]
        hint = f", which '{provider}' provides" if provider != normalized(each.module) else ""
        yield Finding(
            IMPORT_NOT_DECLARED.error(
                f"the script imports '{each.module}'{hint}, but its contract does not declare it",
                fix=f"add '{provider}' to framework_requirements",
                place=at(each.span),
            ),
            each.span,
        )
    for span in facts.installs:
        yield Finding(
            INSTALLS_AT_RUN_TIME.error(
                "the script installs packages when it runs",
                fix="declare them in framework_requirements instead",
                place=at(span),
            ),
            span,
        )


def _available(module: str, declared: set[str], siblings: Path) -> bool:
    if module == _RUNTIME or module in _FORMERLY_STANDARD or module in sys.stdlib_module_names:
        return True
    return bool(declared.intersection(providers(module))) or find_module(siblings, module) is not None
