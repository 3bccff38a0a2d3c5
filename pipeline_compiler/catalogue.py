"""The catalogue of diagnostic codes: each declared once, in the rules module of its layer."""

from __future__ import annotations

from functools import cache
from types import ModuleType

import pipeline_compiler.access.rules
import pipeline_compiler.conformance.model_rules
import pipeline_compiler.conformance.service_rules
import pipeline_compiler.conformance.tuning_rules
import pipeline_compiler.cost.rules
import pipeline_compiler.deploy_rules
import pipeline_compiler.executions.rules
import pipeline_compiler.library_rules
import pipeline_compiler.local.rules
import pipeline_compiler.rules
import pipeline_compiler.script_rules
import pipeline_compiler.secrets.rules
import pipeline_deps.rules
import script_contracts.core.analysis_rules
import script_contracts.core.rules
import script_contracts.quality.rules
import step_builders.core.rules
from script_contracts.core.diagnostics import Rule, catalogue

RULE_MODULES: tuple[ModuleType, ...] = (
    script_contracts.core.rules,
    script_contracts.quality.rules,
    script_contracts.core.analysis_rules,
    pipeline_deps.rules,
    step_builders.core.rules,
    pipeline_compiler.rules,
    pipeline_compiler.library_rules,
    pipeline_compiler.deploy_rules,
    pipeline_compiler.conformance.model_rules,
    pipeline_compiler.conformance.service_rules,
    pipeline_compiler.conformance.tuning_rules,
    pipeline_compiler.executions.rules,
    pipeline_compiler.script_rules,
    pipeline_compiler.local.rules,
    pipeline_compiler.secrets.rules,
    pipeline_compiler.access.rules,
    pipeline_compiler.cost.rules,
)


@cache
def all_rules() -> dict[str, Rule]:
    """Every code, in order."""
    rules = [rule for module in RULE_MODULES for rule in catalogue(vars(module))]
    return {rule.code: rule for rule in sorted(rules, key=lambda rule: rule.code)}
