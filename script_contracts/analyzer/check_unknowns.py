"""What could not be known, as diagnostics of its own: neither passed nor failed."""

from __future__ import annotations

from collections.abc import Iterator

from script_contracts.analyzer.facts import ScriptFacts
from script_contracts.analyzer.findings import Finding, at
from script_contracts.analyzer.mounts import locate
from script_contracts.core.analysis_rules import CODE_UNKNOWN, NAME_UNKNOWN, PATH_UNKNOWN
from script_contracts.core.contract import ScriptContract

_FIXES = {
    "path": "take the path from the contract runtime, a constant, or an argument's default",
    "variable": "name the variable in the script's text",
    "argument": "name the argument in the script's text",
    "port": "name the input, output or setting in the script's text",
    "import": "import the module by name",
    "code": "write the code where the analyzer can read it",
}
_RULES = {"path": PATH_UNKNOWN, "code": CODE_UNKNOWN, "import": CODE_UNKNOWN}


def check_unknowns(facts: ScriptFacts, contract: ScriptContract) -> Iterator[Finding]:
    """One warning for each thing that cannot be known, with the expression and the reason."""
    for each in facts.unresolved:
        rule = _RULES.get(each.kind, NAME_UNKNOWN)
        what = {"path": "path", "code": "code", "import": "module"}.get(each.kind, f"name of the {each.kind}")
        yield Finding(
            rule.warning(
                f"the {what} in '{each.span.expression}' is unknown, because {each.reason}"
                if each.span.expression
                else f"unknown, because {each.reason}",
                fix=_FIXES[each.kind],
                place=at(each.span),
            ),
            each.span,
        )
    for located in locate(facts, contract):
        use = located.use
        if located.possible:
            may = ", ".join(f"'{port.name}'" for port in located.possible)
            yield Finding(
                PATH_UNKNOWN.warning(
                    f"the path '{located.path}...' is unknown, because {use.reason}; it may be in {may}",
                    fix=_FIXES["path"],
                    place=at(use.span),
                ),
                use.span,
            )
