"""The PC12x-PC14x codes: step contracts."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

BAD_CLAUSE = Rule(
    "PC120",
    "a clause of a step contract contradicts itself or another",
    "A contract that nothing can satisfy would fail every run; it cannot be declared.",
)
