"""The PC12x-PC14x codes: step contracts."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

BAD_CLAUSE = Rule(
    "PC120",
    "a clause of a step contract contradicts itself or another",
    "A contract that nothing can satisfy would fail every run; it cannot be declared.",
)
BREAKING_CHANGE = Rule(
    "PC130",
    "a breaking change of a contract without a new major version",
    "A step, a pipeline or a config that fitted the old contract may not fit the new one: an input asks for "
    "more, an output promises less, or a name, a path or a setting is gone. Raise the major version, so that "
    "nobody takes the new contract for the old one, or undo the change.",
)
UNMARKED_CHANGE = Rule(
    "PC131",
    "a compatible change of a contract without a new version",
    "Everything that fitted the old contract fits the new one, but the two are not the same. Raise the minor "
    "version and list the old one in backward_compatible_with, so that each version says one thing.",
)
FALSE_COMPATIBILITY = Rule(
    "PC132",
    "a contract claims to be compatible with a version that it breaks",
    "backward_compatible_with lists earlier versions whose producers and consumers still fit. A breaking "
    "change since that version makes the claim false.",
)
VERSION_LOWERED = Rule(
    "PC133",
    "the version of a contract went backwards",
    "Versions order contracts in time; a contract that changes gets a higher one.",
)
CONTRACT_REMOVED = Rule(
    "PC134",
    "the contract of a step is gone",
    "Pipelines that use the step no longer compile. There is no new contract that could carry a new version, "
    "so this is a warning.",
)
UNREADABLE_CONTRACT = Rule(
    "PC135",
    "a file cannot be read as a contract",
    "Contracts are compared as JSON documents, one for each step, as 'pipeline-compiler contracts show' "
    "writes them.",
)
UNSATISFIABLE = Rule(
    "PC136",
    "no synthetic data can be made for a contract",
    "Either no data satisfies all of its clauses at once, or a clause speaks of something that the generator "
    "cannot make.",
)
NOT_TESTABLE = Rule(
    "PC137",
    "contract tests cannot be generated for a step",
    "Tests run the step's script on synthetic inputs. A step that the service itself executes has no "
    "script, and a config that needs settings beyond the contract must be given them.",
)
