"""The script analyzer: proves that a script honours its contract, without importing or running it."""

from __future__ import annotations

from script_contracts.analyzer.analysis import analyze_script
from script_contracts.analyzer.facts_of import extract_facts
from script_contracts.analyzer.report import ContractValidationReport

__all__ = ["ContractValidationReport", "analyze_script", "extract_facts"]
